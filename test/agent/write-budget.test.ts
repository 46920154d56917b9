import fc from "fast-check";
import { expect, test } from "vitest";
import { afterWrite, type LastWrite, writeDueAt } from "../../shared/agent/write-budget.ts";

const NOON = Date.UTC(2026, 0, 31, 12, 0, 0);
const MINUTE = 60_000;
const NONE: LastWrite = { writtenAt: 0, budgetFullAt: 0 };

/** When an agent that calls at these times is written; `hasChanged` says whether it has when it calls. */
function writesOf(calls: readonly number[], hasChanged: (call: number) => boolean, from = NONE): number[] {
  const writes: number[] = [];
  let last = from;
  for (const [call, at] of calls.entries()) {
    if (at < writeDueAt(last, hasChanged(call))) continue;
    last = afterWrite(last, at);
    writes.push(at);
  }
  return writes;
}

const every = (ms: number, count: number): number[] => Array.from({ length: count }, (_, call) => NOON + call * ms);
const always = (): boolean => true;

test("what does not change is written every five minutes", () => {
  const minutes = writesOf(every(20_000, 180), () => false).map((at) => (at - NOON) / MINUTE);
  expect(minutes).toEqual([0, 5, 10, 15, 20, 25, 30, 35, 40, 45, 50, 55]);
});

test("six changes are written at once, and then one every five minutes", () => {
  const minutes = writesOf(every(10_000, 90), always).map((at) => (at - NOON) / MINUTE);
  expect(minutes.slice(0, 6)).toEqual([0, 1 / 6, 2 / 6, 3 / 6, 4 / 6, 5 / 6]);
  expect(minutes.slice(6)).toEqual([5, 10]);
});

test("after half an hour without changes, changes are written at once again", () => {
  const changing = writesOf(every(10_000, 30), always);
  const last = changing.reduce(afterWrite, NONE);
  const calm = [1, 2, 3, 4, 5].reduce((write, turn) => afterWrite(write, NOON + turn * 5 * MINUTE), last);
  expect(writeDueAt(calm, true)).toBeGreaterThan(NOON + 26 * MINUTE);
  expect(writeDueAt(last, true)).toBeLessThanOrEqual(NOON + 5 * MINUTE);
  const later = every(10_000, 6).map((at) => at + 60 * MINUTE);
  expect(writesOf(later, always, last)).toEqual(later);
});

test("whatever an agent does, an hour holds 18 writes at most, and no change waits for more than five minutes", () => {
  const steps = fc.array(fc.record({ ms: fc.nat({ max: 90_000 }), changed: fc.boolean() }), { maxLength: 400 });
  fc.assert(
    fc.property(steps, (steps) => {
      let at = NOON;
      const calls = steps.map(({ ms }) => (at += ms));
      let last = NONE;
      const writes: number[] = [];
      for (const [call, now] of calls.entries()) {
        const hasChanged = steps[call]?.changed ?? false;
        if (writes.length > 0) expect(writeDueAt(last, true)).toBeLessThanOrEqual(last.writtenAt + 5 * MINUTE);
        if (now < writeDueAt(last, hasChanged)) continue;
        last = afterWrite(last, now);
        writes.push(now);
        expect(writes.filter((write) => write > now - 60 * MINUTE).length).toBeLessThanOrEqual(18);
      }
    }),
  );
});

test("a budget that a hand has set to never is put right by the next write", () => {
  const broken = { writtenAt: NOON, budgetFullAt: Number.MAX_VALUE };
  expect(writeDueAt(broken, true)).toBe(NOON + 5 * MINUTE);
  const next = afterWrite(broken, NOON + 5 * MINUTE);
  expect(next.budgetFullAt).toBe(NOON + 35 * MINUTE);
});
