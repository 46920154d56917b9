import { expect, it } from "vitest";
import { createLookUpBudget, type LookUpBudget } from "../../shared/access/look-up-budget.ts";

const NOON = Date.UTC(2026, 0, 31, 12);

/** How many of 1,000 look-ups at one moment are within the budget. */
const takenAt = (take: LookUpBudget, at: number): number =>
  Array.from({ length: 1_000 }, () => take(at)).filter(Boolean).length;

it("a budget of 100 a second begins full, and a quiet second fills it, a quiet hour no further", () => {
  const take = createLookUpBudget(100);
  expect(takenAt(take, NOON)).toBe(100);
  expect(takenAt(take, NOON + 1_000)).toBe(100);
  expect(takenAt(take, NOON + 3_600_000)).toBe(100);
});

it("comes back evenly, and what is refused costs nothing", () => {
  const take = createLookUpBudget(100);
  takenAt(take, NOON);
  expect([9, 10, 19, 20, 50, 51].map((ms) => takenAt(take, NOON + ms))).toEqual([0, 1, 0, 1, 3, 0]);
  const everyMs = Array.from({ length: 10_000 }, (_, ms) => take(NOON + 60 + ms));
  expect(everyMs.filter(Boolean)).toHaveLength(1_000);
});

it("gains nothing by a clock that is set back, and goes on from there", () => {
  const take = createLookUpBudget(100);
  takenAt(take, NOON);
  expect(takenAt(take, NOON - 3_600_000)).toBe(0);
  expect(takenAt(take, NOON - 3_600_000 + 500)).toBe(50);
});
