import { expect, test } from "vitest";
import { percentile } from "../../bench/percentile.ts";

const hundred = Array.from({ length: 100 }, (_, index) => 100 - index); // 100 down to 1

test.for([
  [0.5, 50],
  [0.99, 99],
  [0.991, 100],
  [1, 100],
  [0, 1],
])("of 1 to 100, the %d of them do not exceed %d", ([share, expected]) => {
  expect(percentile(hundred, share as number)).toBe(expected);
});

test("one value is all percentiles, and of none there is none", () => {
  expect([percentile([7], 0.5), percentile([7], 0.99)]).toEqual([7, 7]);
  expect(percentile([], 0.5)).toBeNaN();
});

test("values are ordered as numbers, and left as they were", () => {
  const values = [10, 9, 100];
  expect(percentile(values, 0.5)).toBe(10);
  expect(values).toEqual([10, 9, 100]);
});
