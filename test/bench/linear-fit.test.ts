import { expect, test } from "vitest";
import { linearFit } from "../../bench/linear-fit.ts";

test("a straight line's slope is found exactly, without an error", () => {
  const points = [0, 1, 2, 3].map((x): [number, number] => [x, 5 - 2 * x]);
  expect(linearFit(points)).toEqual({ slope: -2, standardError: 0 });
});

test("of points that scatter, it is the line of least squares, with its standard error", () => {
  // By hand: mean 2 and 3, Sxx 2, Sxy 2, so slope 1; residuals 1/3 -2/3 1/3 squared are 2/3; √(2/3 / 1 / 2).
  const { slope, standardError } = linearFit([
    [1, 2 + 1 / 3],
    [2, 3 - 2 / 3],
    [3, 4 + 1 / 3],
  ]);
  expect(slope).toBeCloseTo(1);
  expect(standardError).toBeCloseTo(Math.sqrt(1 / 3));
});

test("far from zero it is as exact as near", () => {
  const points = [0, 1, 2].map((x): [number, number] => [1.7e12 + x * 1_000, 40 + x]);
  expect(linearFit(points).slope).toBeCloseTo(0.001, 9);
});

test("nothing is said of two points, or of points above each other", () => {
  const two: [number, number][] = [
    [0, 0],
    [1, 1],
  ];
  expect(linearFit(two).slope).toBeNaN();
  expect(linearFit([...two, [1, 2]]).slope).not.toBeNaN();
  expect(linearFit([1, 2, 3].map((y): [number, number] => [4, y])).slope).toBeNaN();
});
