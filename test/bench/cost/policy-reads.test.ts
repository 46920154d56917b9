import { expect, it } from "vitest";
import { ASSUMED } from "../../../bench/cost/assumptions.ts";
import { policyReadUnits, waitingPolls } from "../../../bench/cost/policy-reads.ts";

const reading = { processes: 3, pollsPerSecond: 100, services: 50, servicesPerPoll: 10, cacheSeconds: 2 };

it("each process reads all services once in what its memory lasts, at half a unit for each 4 KB of them", () => {
  expect(policyReadUnits(reading)).toBe((3 * Math.ceil((50 * ASSUMED.policyBytes) / 4_096) * 0.5) / 2);
});

it("takes half a unit for each service where a poll asks for few of many", () => {
  expect(policyReadUnits({ ...reading, pollsPerSecond: 1, services: 1_000 })).toBe(10 * 0.5);
});

it("hangs on processes and services, and not on how many agents poll", () => {
  expect(policyReadUnits({ ...reading, pollsPerSecond: 10_000 })).toBe(policyReadUnits(reading));
});

it("is never more than polls ask for", () => {
  expect(policyReadUnits({ ...reading, pollsPerSecond: 1, servicesPerPoll: 1 })).toBe(0.5);
  expect(policyReadUnits({ ...reading, cacheSeconds: 0, servicesPerPoll: 1 })).toBe(100 * 0.5);
  expect(policyReadUnits({ ...reading, pollsPerSecond: 0 })).toBe(0);
});

it("makes one poll wait for all that it lacks", () => {
  expect(waitingPolls(reading)).toBe(7.5);
  expect(waitingPolls({ ...reading, services: 0, servicesPerPoll: 0 })).toBe(0);
});
