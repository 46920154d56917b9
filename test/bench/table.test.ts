import { expect, it } from "vitest";
import { isMet, type Measurement, median } from "../../bench/figure.ts";
import { table } from "../../bench/table.ts";

const speed = (value: number, target: Partial<Measurement> = {}): Measurement => ({
  what: "speed",
  value,
  unit: "of raw",
  ...target,
});

it("says of each target whether it is met, and by how much", () => {
  expect(table([speed(0.66, { atLeast: 0.55 })])).toBe("  speed  0.66  of raw    met: at least 0.55, 20 % above\n");
  expect(table([speed(0.44, { atLeast: 0.55 })])).toContain("MISSED: at least 0.55, 20 % below");
  expect(table([speed(1.2, { atMost: 1.5 })])).toContain("met: at most 1.5, 20 % below");
  expect(table([speed(3, { atMost: 1.5 })])).toContain("MISSED: at most 1.5, 100 % above");
  expect(table([speed(0.55, { atLeast: 0.55 })])).toContain("met: at least 0.55, right on it");
});

it("does not round a miss to its target", () => {
  expect(table([speed(0.99998, { atLeast: 1 })])).toContain(
    "0.99998  of raw    MISSED: at least 1, less than 1 % below",
  );
  expect(table([speed(0.99998, { atLeast: 1, atMost: 1 })])).toContain("0.99998  of raw    MISSED: at least 1");
  expect(table([speed(11.9, { atMost: 12 })])).toContain("11.9  of raw    met: at most 12, 1 % below");
});

it("misses a target that is bounded on both sides on either side", () => {
  const whole = { atLeast: 1, atMost: 1 };
  expect([0.999, 1, 1.001].map((value) => isMet(speed(value, whole)))).toEqual([false, true, false]);
  expect(isMet(speed(1))).toBeUndefined();
});

it("misses a target with a figure that could not be taken", () => {
  expect(isMet(speed(Number.NaN, { atLeast: 1 }))).toBe(false);
  expect(isMet(speed(Number.NaN, { atMost: 1 }))).toBe(false);
});

it("shows the spread of rounds, and none of a single one", () => {
  expect(table([speed(2, { rounds: [1, 2, 40_000] })])).toContain("(1 to 40,000 in 3 rounds)");
  expect(table([speed(2, { rounds: [2] })])).not.toContain("round");
});

it("takes the middle of the values, whatever their order", () => {
  expect(median([9, 1, 5])).toBe(5);
  expect(median([9, 1, 5, 7])).toBe(6);
  expect(median([])).toBeNaN();
});
