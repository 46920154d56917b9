import { setImmediate } from "node:timers/promises";
import { expect, it } from "vitest";
import { flushAfter } from "../../functions/flush-after.ts";

it("hands the answer on, and flushes when it is there", async () => {
  const order: string[] = [];
  const handler = flushAfter(
    async (event: string) => {
      order.push(`works on ${event}`);
      return `answer to ${event}`;
    },
    () => order.push("flushed"),
  );
  expect(await handler("a")).toBe("answer to a");
  expect(await handler("b")).toBe("answer to b");
  expect(order).toEqual(["works on a", "flushed", "works on b", "flushed"]);
});

it("flushes what a handler counted that fails, which still fails", async () => {
  let flushes = 0;
  const handler = flushAfter(
    async () => {
      throw new Error("out of luck");
    },
    () => flushes++,
  );
  await expect(handler(undefined)).rejects.toThrow("out of luck");
  expect(flushes).toBe(1);
});

it("flushes no more often than it may, the first time too", async () => {
  let now = 1_000_000;
  let flushes = 0;
  const after = async (ms: number) => {
    now += ms;
    await handler(undefined);
    return flushes;
  };
  const handler = flushAfter(
    async () => {},
    () => flushes++,
    { everyMs: 60_000, now: () => now },
  );
  expect([await after(0), await after(59_999), await after(1)]).toEqual([0, 0, 1]);
  expect([await after(59_999), await after(1), await after(500_000)]).toEqual([1, 2, 3]);
});

it("does not wait for another call with what is urgent, and begins to count the time anew", async () => {
  let now = 1_000_000;
  let flushes = 0;
  let isUrgent = false;
  const handler = flushAfter(
    async (urgent: boolean) => {
      isUrgent = urgent;
    },
    () => flushes++,
    { everyMs: 60_000, now: () => now, isUrgent: () => isUrgent },
  );
  const after = async (ms: number, urgent: boolean) => {
    now += ms;
    await handler(urgent);
    return flushes;
  };
  expect([await after(30_000, false), await after(0, true), await after(59_999, false)]).toEqual([0, 1, 1]);
  expect([await after(1, false), await after(0, true), await after(0, true)]).toEqual([2, 3, 4]);
});

it("waits with every call for what is under way, and fails if that does", async () => {
  let wait = Promise.withResolvers<void>();
  const handle = flushAfter(
    async () => "answer",
    () => {},
    { settled: () => wait.promise },
  );
  let isAnswered = false;
  const answered = handle({}).then((answer) => {
    isAnswered = true;
    return answer;
  });
  await setImmediate();
  expect(isAnswered).toBe(false);
  wait.resolve();
  expect(await answered).toBe("answer");
  wait = Promise.withResolvers();
  wait.reject(new Error("no log"));
  await expect(handle({})).rejects.toThrow("no log");
});
