import { describe, expect, it } from "vitest";
import { readPrices } from "../../../bench/cost/prices.ts";
import { breakEven, createReckoning } from "../../../bench/cost/reckoning.ts";
import { costTargets } from "../../../bench/cost/targets.ts";
import { edge, edgeStack, nobody, plainStack, times } from "../../support/cost-world.ts";

const reckoningOf = (edgeFacts = edge) =>
  createReckoning({
    stacks: { function: plainStack, edge: { ...edgeStack, edge: edgeFacts } },
    times,
    prices: readPrices(),
  });

describe("the break-even", () => {
  it("is the first number of agents for which the edge costs no more in all", () => {
    const reckoning = reckoningOf();
    const agents = breakEven(reckoning, nobody) ?? Number.NaN;
    const total = (count: number, door: "function" | "edge") =>
      reckoning.cost({ ...nobody, agents: count }, door).bill.total;
    expect(total(agents, "edge")).toBeLessThanOrEqual(total(agents, "function"));
    expect(total(agents - 1, "edge")).toBeGreaterThan(total(agents - 1, "function"));
  });

  it("is where it is reckoned to be by hand", () => {
    // The edge has 29.37 + 16.43 + 14.60 USD more at rest, 60.38, and 0.23 less of reads and logs, by two tasks in place of
    // four instances; 15 × 0.30 of metrics either way. An agent polls 262,800 times a month: 0.05256 USD of requests,
    // 0.01216 of time, 0.02878 of answers and 0.00256 of connections by the function; 0.00291 of capacity, 0.00485 of zones,
    // 0.01778 of answers and 0.00085 of connections by the edge. 60.15 / 0.06967 are 863.
    expect(breakEven(reckoningOf(), nobody)).toBeGreaterThan(840);
    expect(breakEven(reckoningOf(), nobody)).toBeLessThan(890);
  });

  it("is earlier for a smaller edge, and there is none if the edge costs more with every agent", () => {
    const small = { ...edge, minTasks: 1, zones: 1, vcpus: 0.25 };
    expect(breakEven(reckoningOf(small), nobody)).toBeLessThan(breakEven(reckoningOf(), nobody) ?? 0);
    expect(breakEven(reckoningOf({ ...edge, maxConnections: 1 }), nobody)).toBeUndefined();
  });
});

it("takes what is free off if it is asked to", () => {
  const options = { stacks: { function: plainStack, edge: edgeStack }, times, prices: readPrices() };
  const idle = (hasFreeTier: boolean) =>
    createReckoning({ ...options, hasFreeTier }).cost(nobody, "function").bill.stack;
  expect(idle(false)).toBeCloseTo(1.314 * 0.4);
  expect(idle(true)).toBeCloseTo(0.314 * 0.4);
});

it("has three targets, of the stack's own lines alone", () => {
  const targets = costTargets(reckoningOf());
  expect(targets.map(({ atMost }) => atMost)).toEqual([1, 60, 30]);
  expect(targets[0]).toMatchObject({ data: 0, stack: expect.closeTo(0.5256, 4), monitoring: expect.closeTo(3.4 + 3) });
  // 10,000 agents: the hours of the edge, 6.648 units of capacity, cents of the rest.
  expect(targets[2]?.stack).toBeCloseTo(60.38 + 28.8 + 0.8, -0.3);
});
