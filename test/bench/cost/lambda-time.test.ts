import { describe, expect, it } from "vitest";
import { billedGbSeconds, callMillis, warmInstances } from "../../../bench/cost/lambda-time.ts";

// Lambda's own runtime takes 0.3 ms of a processor beside the handler.
const call = { processorMicros: 700 };

describe("a call", () => {
  it("takes its processor time where the function has a processor, which is at 1,769 MB", () => {
    expect(callMillis(1_769, call)).toBeCloseTo(1);
  });

  it("takes as many times longer as the function has less memory, but for its waiting", () => {
    expect(callMillis(1_769 / 4, call)).toBeCloseTo(4);
    expect(callMillis(1_769 / 4, { ...call, waitMillis: 10 })).toBeCloseTo(14);
  });

  it("gets no faster by a second processor", () => {
    expect(callMillis(2 * 1_769, call)).toBeCloseTo(1);
  });

  it("is billed by its memory for its time, and for no more than one started millisecond beside", () => {
    // 1 ms of work on 1024/1769 of a processor is 1.7275 ms; with another, 2.7275 ms of 1 GB.
    expect(billedGbSeconds(1_024, call)).toBeCloseTo(0.002_727_5, 7);
    expect(billedGbSeconds(512, { processorMicros: 700, waitMillis: 10 })).toBeCloseTo(0.5 * 0.014_455_1, 7);
  });
});

describe("the instances that stay warm", () => {
  it("are none for no calls, and one for few", () => {
    expect([warmInstances(0, 5), warmInstances(1, 1)]).toEqual([0, 1]);
  });

  it("leave less than one call in ten minutes that finds all of them busy", () => {
    // 100 calls a second of 1 ms: 0.1 are busy on average. Three or more are for 0.0155 % of the time, which 9 of 60,000 calls
    // meet; four or more for 0.000385 %, which 0.2 of them do.
    expect(warmInstances(100, 1)).toBe(4);
    // 1 busy on average: seven or more for 0.0083 % of the time, 5 of 60,000 calls; eight or more for 0.001 %, 0.6.
    expect(warmInstances(100, 10)).toBe(8);
  });

  it("are more than the average, and ever closer to it the more there are", () => {
    const share = (callsPerSecond: number) => warmInstances(callsPerSecond, 2) / (callsPerSecond * 0.002);
    expect(share(1_000)).toBeGreaterThan(share(100_000));
    expect(share(1_000_000)).toBeGreaterThan(1);
    expect(share(1_000_000)).toBeLessThan(1.2);
  });
});
