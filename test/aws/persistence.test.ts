import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { nextWaitMs } from "../../shared/aws/next-wait.ts";
import { createPersistence } from "../../shared/aws/persistence.ts";
import { Unavailable } from "../../shared/errors.ts";

const error = (name: string, status?: number): Unavailable =>
  new Unavailable(name, {
    cause: Object.assign(new Error(name), { name, $metadata: status === undefined ? {} : { httpStatusCode: status } }),
  });
const THROTTLED = error("ProvisionedThroughputExceededException", 400);

describe("the wait before another try", () => {
  const never = { now: 0, giveUpAt: Number.POSITIVE_INFINITY };
  const most = (failures: number): number | undefined => nextWaitMs({ failures, random: 1, ...never });

  it("is bounded by 50 ms after the first failure, doubles with each one more, and stays at 5 s", () => {
    expect([1, 2, 3, 7, 8, 50, 2_000].map(most)).toEqual([50, 100, 200, 3_200, 5_000, 5_000, 5_000]);
  });

  it("is spread over all of that, down to nothing", () => {
    expect(nextWaitMs({ failures: 4, random: 0, ...never })).toBe(0);
    expect(nextWaitMs({ failures: 4, random: 0.25, ...never })).toBe(100);
  });

  it("is none once it would end too late", () => {
    expect(nextWaitMs({ failures: 1, random: 1, now: 1_000, giveUpAt: 1_051 })).toBe(50);
    expect(nextWaitMs({ failures: 1, random: 1, now: 1_000, giveUpAt: 1_050 })).toBeUndefined();
  });
});

/** Patience on a clock that only waiting moves. */
function patience(random: () => number = () => 1, signal?: AbortSignal) {
  let at = 0;
  const persist = createPersistence({
    now: () => at,
    random,
    signal,
    async wait(ms) {
      at += ms;
    },
  });
  return { persist, now: () => at };
}

/** A request that fails so often before it is answered, and how often it was sent. */
function failing(times: number, why: Error) {
  const sent = { count: 0 };
  const request = async (): Promise<string> => {
    if (++sent.count <= times) throw why;
    return "done";
  };
  return { request, sent };
}

describe("patience with DynamoDB", () => {
  it.each([
    "ProvisionedThroughputExceededException",
    "ThrottlingException",
    "RequestLimitExceeded",
    "UnprocessedItems",
  ])("sends again what it had no capacity for: %s", async (name) => {
    const { request, sent } = failing(9, error(name, 400));
    expect(await patience().persist(request)).toBe("done");
    expect(sent.count).toBe(10);
  });

  it("sends again what it could not answer", async () => {
    const { request, sent } = failing(3, error("InternalServerError", 500));
    expect(await patience().persist(request)).toBe("done");
    expect(sent.count).toBe(4);
    expect(await patience().persist(failing(1, error("ECONNRESET")).request)).toBe("done");
  });

  it.each([
    ["a refusal", error("AccessDeniedException", 400)],
    ["a condition that does not hold", Object.assign(new Error(), { name: "ConditionalCheckFailedException" })],
  ])("ends at once with %s", async (_what, why) => {
    const { request, sent } = failing(1, why);
    await expect(patience().persist(request)).rejects.toBe(why);
    expect(sent.count).toBe(1);
  });

  it("ends within a minute of being throttled, and within 8 s of DynamoDB being away, whatever the chances", async () => {
    await fc.assert(
      fc.asyncProperty(fc.infiniteStream(fc.double({ min: 0.01, max: 1, noNaN: true })), async (stream) => {
        const random = (): number => stream.next().value;
        const throttled = patience(random);
        await expect(throttled.persist(failing(1e9, THROTTLED).request)).rejects.toBe(THROTTLED);
        expect(throttled.now()).toBeLessThan(60_000);
        const away = patience(random);
        const why = error("ECONNREFUSED");
        await expect(away.persist(failing(1e9, why).request)).rejects.toBe(why);
        expect(away.now()).toBeLessThan(8_000);
      }),
      { numRuns: 20 },
    );
  });

  it("ends within a quarter of an hour for all requests together", async () => {
    const { persist, now } = patience();
    for (let index = 0; index < 40; index++) await persist(failing(1e9, THROTTLED).request).catch(() => {});
    expect(now()).toBeGreaterThan(14 * 60_000);
    expect(now()).toBeLessThan(15 * 60_000);
    const { request, sent } = failing(1, THROTTLED);
    for (let index = 0; index < 10; index++) await persist(request).catch(() => {});
    expect(sent.count).toBeGreaterThanOrEqual(10); // each is still sent, and no more than tried again
  });

  it("sends nothing again once it is stopped", async () => {
    const stopping = new AbortController();
    const { request, sent } = failing(9, THROTTLED);
    const stopped = patience(() => 1, stopping.signal).persist(async () => {
      if (sent.count === 2) stopping.abort();
      return request();
    });
    await expect(stopped).rejects.toBe(THROTTLED);
    expect(sent.count).toBe(3);
  });
});
