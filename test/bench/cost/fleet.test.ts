import { expect, it } from "vitest";
import { fleetOf } from "../../../bench/cost/fleet.ts";
import { nobody } from "../../support/cost-world.ts";

it("polls as often as its agents do", () => {
  expect(fleetOf({ ...nobody, agents: 1_000 })).toMatchObject({ pollsPerSecond: 100, otherCallsPerSecond: 0 });
  expect(fleetOf({ ...nobody, agents: 1_000, pollSeconds: 20 }).pollsPerSecond).toBe(50);
});

it("names no more services in a poll than there are, and ten at most", () => {
  expect([0, 3, 10, 500].map((services) => fleetOf({ ...nobody, services }).servicesPerPoll)).toEqual([0, 3, 10, 10]);
});

it("makes a Rover's other calls if they are asked for: every 20, 200, 10 and 5 s, and twelve writes an hour", () => {
  const rovers = fleetOf({ ...nobody, agents: 1_000, calls: "all" });
  expect(rovers.otherCallsPerSecond).toBeCloseTo(50 + 5 + 100 + 200);
  expect(rovers.agentWritesPerMonth).toBe(1_000 * 12 * 730);
  expect(fleetOf({ ...nobody, agents: 1_000 }).agentWritesPerMonth).toBe(0);
});

it("profiles each task for ten minutes, every five seconds, and sends both to every collector", () => {
  // A month has 730 hours, which are 30 days and ten hours.
  const fleet = fleetOf({ ...nobody, tasksPerDay: 24, collectors: 2 });
  expect(fleet).toMatchObject({ tasksPerMonth: 730, profilesPerMonth: 87_600 });
  expect(fleet.deliveriesPerMonth).toBe(2 * 88_330);
});

it("has no profiles if they are of no size", () => {
  const fleet = fleetOf({ ...nobody, tasksPerDay: 24, profileKb: 0 });
  expect(fleet).toMatchObject({ tasksPerMonth: 730, profilesPerMonth: 0, deliveriesPerMonth: 730 });
});
