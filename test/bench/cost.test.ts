import { beforeAll, expect, it } from "vitest";
import { cost } from "../../bench/cost.ts";
import type { Measured } from "../../bench/figure.ts";
import { savedRun } from "../support/cost-world.ts";

let measured: Measured;
const dollars = (name: string) => measured.measurements.find(({ what }) => what === name)?.value ?? Number.NaN;

beforeAll(async () => {
  measured = await cost.measure(
    () => {},
    (name) => savedRun.figures.find((figure) => figure.name === name),
  );
}, 120_000);

it("holds what is asked of idle, of 1,000 and of 10,000 agents, the edge at its smallest beside", () => {
  const asked = measured.measurements.flatMap(({ what, atMost }) => (atMost === undefined ? [] : [[what, atMost]]));
  expect(asked).toEqual([
    ["Idle, no agent and no task: the stack alone", 1],
    ["1,000 agents through the function URL: the stack alone", 60],
    ["10,000 agents through the edge: the stack alone", 30],
    ["10,000 agents through the edge at its smallest: the stack alone", 30],
  ]);
  expect(dollars("10,000 agents through the edge at its smallest: the stack alone")).toBeLessThan(
    dollars("10,000 agents through the edge: the stack alone"),
  );
});

it("says beside each target what is left out of it, and what all of it comes to", () => {
  const fleet = "1,000 agents through the function URL";
  const [stack, monitoring, data, together] = [
    "the stack alone",
    "dashboard, alarms and metrics on top",
    "data on top",
    "together",
  ].map((part) => dollars(`${fleet}: ${part}`));
  expect(monitoring).toBeGreaterThan(5);
  expect(data).toBeGreaterThan(10);
  expect(together).toBeCloseTo((stack ?? 0) + (monitoring ?? 0) + (data ?? 0));
});

it("says in which month prices were looked up", () => {
  expect(cost.meaning).toMatch(/AWS's list prices of us-east-1, looked up in [A-Z][a-z]+ 20\d\d,/);
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
