import { expect, it } from "vitest";
import { costCurves } from "../../../bench/cost/cost-curves.ts";
import { savedRun } from "../../support/cost-world.ts";

it("draws both doors, which cross, and the edge at its smallest below the other from its start on", {
  timeout: 120_000,
}, () => {
  const curves = costCurves(savedRun.figures);
  const [byFunction, byEdge, bySmallEdge] = curves.map(({ points }) => points);
  expect(curves.map(({ name }) => name.split(":")[0])).toEqual(["function URL", "edge", "edge"]);
  expect([byFunction?.at(0)?.[0], byFunction?.at(-1)?.[0]]).toEqual([10, 100_000]);
  const dollars = (points: typeof byFunction, at: number) => points?.at(at)?.[1] ?? Number.NaN;
  expect(dollars(byFunction, 0)).toBeLessThan(dollars(byEdge, 0));
  expect(dollars(byFunction, -1)).toBeGreaterThan(dollars(byEdge, -1));
  expect(dollars(bySmallEdge, 0)).toBeLessThan(dollars(byEdge, 0));
  for (const { points } of curves) {
    expect(points.every(([, y], index) => y > 0 && y >= (points[index - 1]?.[1] ?? 0))).toBe(true);
  }
});

it("says what a run lacks", () => {
  expect(() => costCurves([])).toThrow(/the run lacks .*lambda-polls/);
});
