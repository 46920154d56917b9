import { describe, expect, it } from "vitest";
import { createRateBudget, type TakeOne } from "../../shared/access/rate-budget.ts";

const NOON = Date.UTC(2026, 0, 31, 12);

/** How many of 1,000 at one moment are within the budget. */
const takenAt = (take: TakeOne, at: number): number =>
  Array.from({ length: 1_000 }, () => take(at)).filter((wait) => wait === 0).length;

describe("a budget of 100 a second, and 100 at once", () => {
  const create = () => createRateBudget({ perSecond: 100, atOnce: 100 });

  it("begins full, and a quiet second fills it, a quiet hour no further", () => {
    const take = create();
    expect(takenAt(take, NOON)).toBe(100);
    expect(takenAt(take, NOON + 1_000)).toBe(100);
    expect(takenAt(take, NOON + 3_600_000)).toBe(100);
  });

  it("comes back evenly, and what is refused costs nothing", () => {
    const take = create();
    takenAt(take, NOON);
    expect([9, 10, 19, 20, 50, 51].map((ms) => takenAt(take, NOON + ms))).toEqual([0, 1, 0, 1, 3, 0]);
    const everyMs = Array.from({ length: 10_000 }, (_, ms) => take(NOON + 60 + ms));
    expect(everyMs.filter((wait) => wait === 0)).toHaveLength(1_000);
  });

  it("gains nothing by a clock that is set back, and goes on from there", () => {
    const take = create();
    takenAt(take, NOON);
    expect(takenAt(take, NOON - 3_600_000)).toBe(0);
    expect(takenAt(take, NOON - 3_600_000 + 500)).toBe(50);
  });
});

describe("a budget of 20 a second, and 1,200 at once", () => {
  it("saves up for a minute", () => {
    const take = createRateBudget({ perSecond: 20, atOnce: 1_200 });
    expect(takenAt(take, NOON) + takenAt(take, NOON)).toBe(1_200);
    expect(takenAt(take, NOON + 10_000)).toBe(200);
    expect(takenAt(take, NOON + 3_600_000) + takenAt(take, NOON + 3_600_000)).toBe(1_200);
  });

  it("says how long it takes until there is one again, and then there is", () => {
    const take = createRateBudget({ perSecond: 20, atOnce: 1 });
    expect([0, 0, 20, 49, 50].map((ms) => take(NOON + ms))).toEqual([0, 50, 30, 1, 0]);
  });
});
