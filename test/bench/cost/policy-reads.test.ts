import { expect, it } from "vitest";
import { policyReadUnits, waitingPolls } from "../../../bench/cost/policy-reads.ts";

const reading = { processes: 3, pollsPerSecond: 100, services: 50, servicesPerPoll: 10, cacheSeconds: 2 };

it("each process reads each service once in what its memory lasts, at half a unit each", () => {
  expect(policyReadUnits(reading)).toBe((3 * 50 * 0.5) / 2);
});

it("hangs on processes and services, and not on how many agents poll", () => {
  expect(policyReadUnits({ ...reading, pollsPerSecond: 10_000 })).toBe(policyReadUnits(reading));
});

it("is never more than polls ask for", () => {
  expect(policyReadUnits({ ...reading, pollsPerSecond: 1 })).toBe(10 * 0.5);
  expect(policyReadUnits({ ...reading, cacheSeconds: 0 })).toBe(100 * 10 * 0.5);
  expect(policyReadUnits({ ...reading, pollsPerSecond: 0 })).toBe(0);
});

it("makes one poll wait for all that it lacks", () => {
  expect(waitingPolls(reading)).toBe(7.5);
  expect(waitingPolls({ ...reading, services: 0, servicesPerPoll: 0 })).toBe(0);
});
