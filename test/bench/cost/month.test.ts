import { describe, expect, it } from "vitest";
import { fleetOf } from "../../../bench/cost/fleet.ts";
import { monthOf } from "../../../bench/cost/month.ts";
import { edge, edgeStack, nobody, plainStack, times } from "../../support/cost-world.ts";

const SECONDS = 2_628_000; // of 730 hours
const monthFor = (settings: Partial<typeof nobody>, stack = plainStack) =>
  monthOf(fleetOf({ ...nobody, ...settings }), stack, times);

describe("a stack that nobody uses", () => {
  it("pays for the pollers of its queues and for what watches it, and for nothing else", () => {
    const { usage } = monthFor({});
    const used = Object.entries(usage).filter(([, quantity]) => quantity !== 0);
    expect(Object.fromEntries(used)).toEqual({
      sqsRequests: (2 * 5 * SECONDS) / 20, // of each queue five pollers, which wait for 20 s
      alarmMetrics: 34,
      dashboards: 1,
    });
  });

  it("pays for the hours of an edge, if it has one", () => {
    const { usage } = monthFor({}, edgeStack);
    expect(usage).toMatchObject({
      vcpuHours: 730 * 2 * 0.5,
      memoryGbHours: 730 * 2,
      balancerHours: 730,
      balancerUnitHours: 0,
      addressHours: 730 * 4, // two zones, two tasks
      lambdaRequests: 0,
      readUnits: 0,
      logGb: 0,
    });
  });
});

describe("agents that poll", () => {
  const { usage, processes } = monthFor({ agents: 1_000 });

  it("are a request of the function for each poll", () => {
    expect(usage.lambdaRequests).toBe(100 * SECONDS);
  });

  it("take the time that a poll was measured to take, and Lambda's rounding", () => {
    // 0.7 ms and the runtime's 0.3 ms on a whole processor, 5 µs for each of the 10/6 policies that come again, and a
    // millisecond: 2.0083 ms of 1769/1024 GB. Few wait, 5 ms each.
    const waiting = ((4 * 10) / 2 / 10) * 0.005;
    expect(usage.lambdaGbSeconds / SECONDS).toBeCloseTo((1_769 / 1_024) * (100 * 0.002_008_333 + waiting), 6);
  });

  it("have policies and their token read by each instance that is warm", () => {
    // 0.11 of them are busy at once, and four or more for 0.0006 % of the time, which 0.4 of 60,000 calls meet.
    expect(processes).toBe(4);
    // Ten policies are less than 4 KB, which are read as one, half a unit, every two seconds.
    expect(usage.readUnits / SECONDS).toBeCloseTo(4 * 0.5 * 0.5 + 4 / 60, 6);
  });

  it("have each of their tokens read by each instance, but none more often than they call", () => {
    const tokenReads = (tokens: number) =>
      monthFor({ agents: 1_000, tokens }).usage.readUnits / SECONDS - 4 * 0.5 * 0.5;
    expect(tokenReads(600)).toBeCloseTo(40, 6);
    expect(tokenReads(100_000)).toBeCloseTo(100, 6);
  });

  it("are told of in a line a minute of each instance, which stays as long as the stack says", () => {
    expect(usage.logGb).toBeCloseTo((4 * 730 * 60 * 1.5) / 1e6, 9);
    expect(usage.logStoredGb).toBeCloseTo(usage.logGb * 2.4, 9); // 73 days of a month of 30.4
    expect(usage.ownMetrics).toBe(15);
  });

  it("are answered with 600 bytes each, a policy of 370 once a minute, and 6,500 for each connection", () => {
    // 262.8 million polls; ten policies to each in six of them; a connection every ten minutes, 4.38 million.
    expect(usage.outGb).toBeCloseTo(262.8 * (0.6 + (10 / 6) * 0.37) + 4.38 * 6.5);
  });

  it("write nothing, unless they make a Rover's other calls", () => {
    expect(usage.writeUnits).toBe(0);
    const rovers = monthFor({ agents: 1_000, calls: "all" }).usage;
    expect(rovers.writeUnits).toBe(8_760_000);
    expect(rovers.tableGb).toBeCloseTo(0.001);
    expect(rovers.lambdaRequests).toBeCloseTo(455 * SECONDS, 0);
  });
});

describe("tasks", () => {
  // One an hour, without profiles, to two collectors.
  const { usage } = monthFor({ tasksPerDay: 24, profileKb: 0, collectors: 2 });

  it("are a call of each function: for the report, its dispatch, and each delivery", () => {
    expect(usage.lambdaRequests).toBe(730 * (1 + 1 + 2));
  });

  it("are billed for what was measured and for what they wait", () => {
    // 2 + 10 + 1 ms for the report, 4 + 25 + 1 ms for its dispatch, 5 + 245 + 1 ms for each delivery.
    expect(usage.lambdaGbSeconds).toBeCloseTo((1_769 / 1_024) * 730 * (0.013 + 0.03 + 2 * 0.251), 6);
  });

  it("are messages that are sent, received and deleted", () => {
    expect(usage.sqsRequests - 1_314_000).toBeCloseTo(730 * (1 + 2) * 3, 6);
  });

  it("are written with their indexes, once and for each delivery, beside their claim", () => {
    expect(usage.writeUnits).toBe(730 * (1 + 3 + 2 * 3));
  });

  it("stay as long as the stack keeps them, and can be restored", () => {
    // 1 KB and as much in each of two indexes for 73 days, 0.3 KB for 15.
    expect(usage.tableGb).toBeCloseTo((730 * (3 * 2.4 + (0.3 * 15) / (730 / 24))) / 1e6, 9);
    expect(usage.recoveryGb).toBe(usage.tableGb);
    const without = monthFor({ tasksPerDay: 24 }, { ...plainStack, hasRecovery: false });
    expect(without.usage.recoveryGb).toBe(0);
  });

  it("have profiles in the bucket, each written once and read for each collector", () => {
    const profiled = monthFor({ tasksPerDay: 24, collectors: 2, profileKb: 20 }).usage;
    expect([profiled.s3Puts, profiled.s3Gets]).toEqual([87_600, 175_200]);
    expect(profiled.s3Gb).toBeCloseTo((87_600 * 20 * 0.24) / 1e6); // for 7.3 days
    expect(profiled.outGb).toBeCloseTo((175_200 * 20 + 1_460) / 1e6);
    expect(profiled.ownMetrics).toBe(2 * 3);
  });
});

describe("agents of the edge", () => {
  const { usage, processes } = monthFor({ agents: 10_000, tasksPerDay: 24, profileKb: 0 }, edgeStack);

  it("are no request of the function; what they report goes through the queues as ever", () => {
    expect(usage.lambdaRequests).toBe(730 * 2);
  });

  it("have policies read by each task, however many they are", () => {
    expect(processes).toBe(2);
    expect(usage.readUnits / SECONDS).toBeCloseTo(2 * 0.5 * 0.5 + 2 / 60 + (730 * 3) / SECONDS, 6);
  });

  it("pay the load balancer by the hour and by what goes through it, and for what changes zones", () => {
    expect(usage.balancerUnitHours).toBeCloseTo(730 * 6.648);
    expect(usage.zoneGb).toBeCloseTo(730 * 3.324);
  });

  it("are answered with 135 bytes each, a policy of 370 once a minute, and 6,500 for each connection", () => {
    const { outGb } = monthFor({ agents: 10_000 }, edgeStack).usage;
    // 2,628 million polls, and a connection every half an hour, 14.6 million.
    expect(outGb).toBeCloseTo(2_628 * (0.135 + (10 / 6) * 0.37) + 14.6 * 6.5);
  });

  it("pay for fewer addresses where tasks have none", () => {
    const hidden = { ...edgeStack, edge: { ...edge, tasksHaveAddresses: false, zones: 1 } };
    expect(monthFor({ agents: 10 }, hidden).usage.addressHours).toBe(730);
  });
});
