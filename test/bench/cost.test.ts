import { beforeAll, expect, it } from "vitest";
import { cost } from "../../bench/cost.ts";
import type { Measured } from "../../bench/figure.ts";
import { savedRun } from "../support/cost-world.ts";

let measured: Measured;
beforeAll(async () => {
  measured = await cost.measure(
    () => {},
    (name) => savedRun.figures.find((figure) => figure.name === name),
  );
}, 120_000);

it("holds what is asked of idle, of 1,000 and of 10,000 agents, the edge at its smallest beside", () => {
  const asked = measured.measurements.flatMap(({ what, atMost }) => (atMost === undefined ? [] : [[what, atMost]]));
  expect(asked).toEqual([
    ["Idle: no agent, no task", 1],
    ["1,000 agents through the function URL", 60],
    ["10,000 agents through the edge", 30],
    ["10,000 agents through the edge at its smallest", 30],
  ]);
  const dollars = (name: string) => measured.measurements.find(({ what }) => what === name)?.value ?? Number.NaN;
  expect(dollars("10,000 agents through the edge at its smallest")).toBeLessThan(
    dollars("10,000 agents through the edge"),
  );
});

it("draws both doors, which cross, and the edge at its smallest below the other from its start on", () => {
  const { curves = [] } = measured;
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

it("crosses where it says that the doors cost the same", () => {
  const { curves = [] } = measured;
  const agents = measured.measurements.find(({ what }) => what.startsWith("the edge costs"))?.value ?? Number.NaN;
  const [byFunction = [], byEdge = []] = curves.map(({ points }) => points);
  const firstCheaper = byEdge.findIndex(([, dollars], at) => dollars <= (byFunction[at]?.[1] ?? 0));
  expect(agents).toBeGreaterThan(byEdge[firstCheaper - 1]?.[0] ?? Number.NaN);
  expect(agents).toBeLessThanOrEqual(byEdge[firstCheaper]?.[0] ?? Number.NaN);
});

it("says what was not measured before it, and how to", async () => {
  await expect(
    cost.measure(
      () => {},
      () => undefined,
    ),
  ).rejects.toThrow(/this run lacks .*lambda-polls/);
});
