import { expect, it } from "vitest";
import { edgeSize } from "../../../bench/cost/edge-size.ts";
import { fleetOf } from "../../../bench/cost/fleet.ts";
import { edge, nobody } from "../../support/cost-world.ts";

const fleet = (agents: number, more = {}) => fleetOf({ ...nobody, agents, ...more });

it("has the tasks that it has at least", () => {
  expect(edgeSize(fleet(10), edge, 50).tasks).toBe(2);
  expect(edgeSize(fleet(10), { ...edge, minTasks: 1 }, 50).tasks).toBe(1);
});

it("has as many more as the agents' calls take, of processors that are used by half", () => {
  // 20,000 agents poll 2,000 times a second: at 500 µs that is one processor, and a task has a quarter of one to give.
  const roomy = { ...edge, maxConnections: 60_000 };
  expect(edgeSize(fleet(20_000, { services: 0 }), roomy, 500)).toMatchObject({ tasks: 4, busyShare: 0.5 });
});

it("counts 5 µs for each policy that comes again", () => {
  const roomy = { ...edge, maxConnections: 60_000 };
  // 2,000 polls a second for ten services, of which a sixth comes again: 1.0167 processors of the two and a half.
  const { tasks, busyShare } = edgeSize(fleet(20_000), roomy, 500);
  expect({ tasks, busyShare }).toEqual({ tasks: 5, busyShare: expect.closeTo(0.406_67, 5) });
});

it("says how much slower it may be before it takes another task", () => {
  // Two tasks have half a processor to give, and 1,000 polls a second take a twentieth.
  expect(edgeSize(fleet(10_000, { services: 0 }), { ...edge, maxConnections: 60_000 }, 50).spareTimes).toBeCloseTo(10);
});

it("counts a Rover's other calls", () => {
  const roomy = { ...edge, maxConnections: 60_000, minTasks: 1 };
  // 4.55 times as many calls: 9,100 a second at 100 µs are 0.91 processors.
  expect(edgeSize(fleet(20_000, { calls: "all" }), roomy, 100).tasks).toBe(4);
});

it("has as many as hold the agents' connections, some of which are changing over", () => {
  expect(edgeSize(fleet(9_000), { ...edge, minTasks: 1 }, 1).tasks).toBe(1);
  expect(edgeSize(fleet(10_000), { ...edge, minTasks: 1 }, 1).tasks).toBe(2);
});

it("pays the load balancer for bytes, where they come to most", () => {
  // 1,000 polls a second of 10 services: 10 × 95, 10/6 × 370 and 280 bytes each, 6.648 GB an hour.
  const size = edgeSize(fleet(10_000), edge, 50);
  expect(size.balancerUnits).toBeCloseTo(6.648);
  expect(size.zoneGbPerHour).toBeCloseTo(3.324); // half of it comes to a task in the other zone
});

it("pays it for connections, where those do: 3,000 to a unit", () => {
  expect(edgeSize(fleet(10_000, { services: 1 }), edge, 50).balancerUnits).toBeCloseTo(11 / 3);
});

it("sends nothing between zones where there is one, or where connections stay in theirs", () => {
  expect(edgeSize(fleet(10_000), { ...edge, zones: 1 }, 50).zoneGbPerHour).toBe(0);
  expect(edgeSize(fleet(10_000), { ...edge, crossesZones: false }, 50).zoneGbPerHour).toBe(0);
});
