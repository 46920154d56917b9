import fc from "fast-check";
import { describe, expect, it, test } from "vitest";
import { activeTasks, freeAt, nextStep, slotOf } from "../../shared/tasks/active-tasks.ts";

const NOON = Date.UTC(2026, 0, 31, 12, 0, 0);
const HOUR = 3_600_000;
const FINGERPRINT = "0123456789abcdef".repeat(4);
const SLOT = "0123456789abcdef";

const taskUntil = (endsAt: number, more: object = {}) => ({
  taskId: `until ${endsAt}`,
  reportedAt: NOON,
  endsAt,
  ...more,
});
const mine = { taskId: "mine", reportedAt: NOON, endsAt: NOON + 600_000, fingerprint: FINGERPRINT };
const step = (stored: unknown, maxActive: number) => nextStep(stored, mine, { maxActive, now: NOON });

test("the same report looks for the same slot", () => {
  expect(slotOf(FINGERPRINT)).toBe(SLOT);
});

describe("of what an item holds", () => {
  it("tasks are active up to the millisecond in which they end", () => {
    const stored = { over: taskUntil(NOON - 1), last: taskUntil(NOON), long: taskUntil(NOON + 1) };
    expect([...activeTasks(stored, NOON).keys()]).toEqual(["last", "long"]);
  });

  it("tasks that would go on for longer than a day, clocks apart or not, are none", () => {
    const stored = { day: taskUntil(NOON + 24 * HOUR), apart: taskUntil(NOON + 25 * HOUR), ever: taskUntil(9e15) };
    expect([...activeTasks(stored, NOON).keys()]).toEqual(["day", "apart"]);
  });

  it.each([undefined, null, "text", 7, [taskUntil(NOON)], new Set([1])])("%j is no map, and holds none", (stored) => {
    expect(activeTasks(stored, NOON).size).toBe(0);
  });

  it.each([null, "text", 7, {}, [], { endsAt: "soon" }, { endsAt: Number.NaN }])("%j is no task", (broken) => {
    expect([...activeTasks({ broken, whole: taskUntil(NOON + 1) }, NOON).keys()]).toEqual(["whole"]);
  });

  it("a task of which a hand left only its end takes its place, and is the same as no report", () => {
    const stored = { [SLOT]: { endsAt: NOON + 1 } };
    expect(activeTasks(stored, NOON).size).toBe(1);
    expect(step(stored, 1).step).toBe("refuse");
    expect(step(stored, 2)).toMatchObject({ step: "take", slot: `${SLOT}.1` });
  });
});

describe("there is room again", () => {
  const active = activeTasks(Object.fromEntries([5, 2, 9, 7].map((end) => [`s${end}`, taskUntil(NOON + end)])), NOON);
  it.each([
    [4, 2],
    [3, 5], // two have to end
    [1, 9],
  ])("in a budget of %d when the task ends that makes room", (maxActive, after) => {
    expect(freeAt(active, maxActive)).toBe(NOON + after);
  });
  it("at once while there are fewer", () => {
    expect(freeAt(active, 5)).toBeLessThan(NOON);
  });
});

describe("the next step", () => {
  it.each([undefined, null, "text", []])("of %j is to begin with a map", (stored) => {
    expect(step(stored, 5)).toEqual({ step: "begin", slot: SLOT });
  });

  it("is to refuse, whatever else the item holds, once as many are active as may be", () => {
    const stored = { a: taskUntil(NOON + 30), b: taskUntil(NOON + 20), over: taskUntil(NOON - 1), broken: null };
    expect(step(stored, 2)).toMatchObject({ step: "refuse", freeAt: NOON + 20 });
    expect(step(stored, 1)).toMatchObject({ step: "refuse", freeAt: NOON + 30 });
  });

  it("is to give back what is over or broken, and not what is active", () => {
    const stored = { a: taskUntil(NOON + 30), over: taskUntil(NOON - 1), broken: null };
    expect(step(stored, 2)).toEqual({ step: "take", slot: SLOT, freed: ["over", "broken"], replaces: false });
  });

  it("is to replace the slot's own last task, which is not given back as well", () => {
    const stored = { [SLOT]: taskUntil(NOON - 1), over: taskUntil(NOON - 1) };
    expect(step(stored, 2)).toEqual({ step: "take", slot: SLOT, freed: ["over"], replaces: true });
  });

  it("is to share the slot of the same report, though the budget is full", () => {
    const held = { taskId: "first", reportedAt: NOON - 59_999, endsAt: NOON + 9 };
    expect(step({ [SLOT]: held }, 1)).toEqual({ step: "share", slot: SLOT, held });
  });

  it("is the slot beside it for a report that says the same a minute later, and once more beside that", () => {
    const said = (ms: number) => ({ taskId: `${ms}`, reportedAt: NOON - ms, endsAt: NOON + 9 });
    const stored = { [SLOT]: said(120_000) };
    expect(step(stored, 9)).toMatchObject({ step: "take", slot: `${SLOT}.1` });
    expect(step({ ...stored, [`${SLOT}.1`]: said(60_000) }, 9)).toMatchObject({ slot: `${SLOT}.2` });
    expect(step({ ...stored, [`${SLOT}.1`]: said(59_999) }, 9)).toMatchObject({ step: "share", slot: `${SLOT}.1` });
    expect(step(stored, 1).step).toBe("refuse");
  });

  it("is to clean first where one write cannot give back enough", () => {
    const stored = Object.fromEntries(Array.from({ length: 100 }, (_, index) => [`s${index}`, taskUntil(NOON - 1)]));
    const next = step(stored, 5);
    expect(next.step).toBe("clean");
    expect(new Set("freed" in next ? next.freed : []).size).toBe(30);
  });
});

test("whatever an item holds, a step leaves no more slots than may be active, and no active one is given back", () => {
  const anyTask = fc.oneof(
    fc.integer({ min: -5, max: 5 }).map((after) => taskUntil(NOON + after)),
    fc.anything(),
  );
  const anySlots = fc.dictionary(fc.constantFrom(SLOT, `${SLOT}.1`, ..."abcdefgh"), anyTask);
  fc.assert(
    fc.property(anySlots, fc.integer({ min: 1, max: 6 }), (slots, maxActive) => {
      const stored = { ...slots }; // a plain map, whatever fast-check makes it of
      const active = activeTasks(stored, NOON);
      const next = step(stored, maxActive);
      if (next.step === "refuse") expect(active.size).toBeGreaterThanOrEqual(maxActive);
      if (next.step === "share") expect(active.has(next.slot)).toBe(true);
      if (next.step !== "take") return;
      expect(next.freed.filter((slot) => active.has(slot))).toEqual([]);
      const left = new Set([...Object.keys(stored).filter((slot) => !next.freed.includes(slot)), next.slot]);
      expect(left.size).toBeLessThanOrEqual(maxActive);
    }),
  );
});
