import { SQSClient } from "@aws-sdk/client-sqs";
import { afterAll, beforeAll, expect, type TestContext, test } from "vitest";
import { type LocalEngines, startLocalEngines } from "../../server/local/local-engines.ts";
import { startQueuePoller } from "../../server/local/queue-poller.ts";
import { loadConfig } from "../../shared/config.ts";
import { createLogger } from "../../shared/log.ts";
import { QUEUES } from "../../shared/resources.ts";
import { openSqsQueue } from "../support/sqs-queue.ts";
import { startSwitchableProxy } from "../support/switchable-proxy.ts";
import { until } from "../support/until.ts";
import { FREE_PORTS, temporaryFolder } from "../support/world.ts";

/** After so many seconds a handler is cut off; the poller hides what it receives for two seconds more. */
const LONG = 20;
const SHORT = 2;
const SLACK_MS = 50;

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
let engines: LocalEngines;
beforeAll(async () => {
  folder = await temporaryFolder();
  engines = await startLocalEngines(loadConfig(FREE_PORTS, { FLASHPOINT_DATA_DIR: folder.path }));
});
afterAll(async () => {
  await engines.close();
  await folder.remove();
});

interface Handled {
  body: string;
  receives: number;
  atMs: number;
}

/** What a handler does with a message; false names it as failed. */
type Work = (handled: Handled) => Promise<boolean>;

/** A queue that is polled through a proxy, with a handler that works as told. */
async function polled(
  { onTestFinished }: TestContext,
  name: string,
  { maxInHand, handlerTimeoutSeconds }: { maxInHand: number; handlerTimeoutSeconds: number },
  work: Work,
) {
  const { aws } = engines;
  const queue = await openSqsQueue(aws, name);
  const proxy = await startSwitchableProxy(engines.sqs.port);
  const { region, credentials } = aws;
  const sqs = new SQSClient({ endpoint: `http://127.0.0.1:${proxy.port}`, region, credentials, maxAttempts: 1 });
  const requests: string[] = [];
  sqs.middlewareStack.add(
    (next, context) => (args) => {
      requests.push(context.commandName ?? "");
      return next(args);
    },
    { step: "initialize" },
  );
  const log: Record<string, unknown>[] = [];
  const handled: Handled[] = [];
  const inHand = { now: 0, most: 0 };
  const start = () =>
    startQueuePoller({
      sqs,
      queue: name,
      definition: { ...QUEUES.deliveries, handlerTimeoutSeconds },
      maxInHand,
      async handler({ Records: [record, ...others] }) {
        if (record === undefined || others.length > 0) throw new Error("not one message");
        const receives = Number(record.attributes.ApproximateReceiveCount);
        const one = { body: record.body, receives, atMs: performance.now() };
        handled.push(one);
        inHand.most = Math.max(inHand.most, ++inHand.now);
        try {
          const isDone = await work(one);
          return { batchItemFailures: isDone ? [] : [{ itemIdentifier: record.messageId }] };
        } finally {
          inHand.now--;
        }
      },
      log: createLogger("info", { write: (line) => log.push(JSON.parse(line)) }),
    });
  let poller: ReturnType<typeof start> | undefined;
  onTestFinished(async () => {
    await poller?.stop();
    sqs.destroy();
    await proxy.close();
    queue.close();
  });
  return {
    queue,
    proxy,
    requests,
    log,
    handled,
    inHand,
    start() {
      poller = start();
      return poller;
    },
    said: (text: string) => until(text, () => log.find(({ msg }) => String(msg).includes(text))),
  };
}

type Polled = Awaited<ReturnType<typeof polled>>;

async function send(queue: Polled["queue"], bodies: readonly string[]): Promise<void> {
  for (const body of bodies) await queue.send(body);
}

const named = (what: string, count: number): string[] =>
  Array.from({ length: count }, (_, index) => `${what} ${index}`);
const seen = ({ handled }: Polled, count: number) =>
  until(`${count} messages are seen`, () => (handled.length >= count ? true : undefined));
const isEmpty = ({ queue }: Polled) =>
  until("the queue is empty", async () => ((await queue.count()) === 0 ? true : undefined));

test.concurrent("what hangs takes its own hand only: all others pass it by", async (context) => {
  let release = (): void => {};
  const released = new Promise<void>((resolve) => {
    release = resolve;
  });
  const world = await polled(context, "pass-by", { maxInHand: 20, handlerTimeoutSeconds: LONG }, async ({ body }) => {
    if (body.startsWith("slow")) await released;
    return true;
  });
  await send(world.queue, [...named("slow", 9), ...named("fast", 60)]);
  world.start();
  await until("all but those that hang are gone", async () => ((await world.queue.count()) === 9 ? true : undefined));
  release();
  await isEmpty(world);
  expect(world.handled).toHaveLength(69);
});

test.concurrent("no more than its bound are in hand at once, and all get their turn", async (context) => {
  const waiting: (() => void)[] = [];
  const world = await polled(context, "bound", { maxInHand: 20, handlerTimeoutSeconds: LONG }, async () => {
    await new Promise<void>((resolve) => waiting.push(resolve));
    return true;
  });
  await send(world.queue, named("one", 50));
  world.start();
  await seen(world, 20);
  while (world.handled.length < 50 || waiting.length > 0) {
    await until("somebody waits", () => waiting.length > 0 || undefined);
    waiting.shift()?.();
  }
  await isEmpty(world);
  expect(world.inHand.most).toBe(20);
  expect(world.handled).toHaveLength(50);
});

test.concurrent("what was done together is deleted together", async (context) => {
  let release = (): void => {};
  const released = new Promise<void>((resolve) => {
    release = resolve;
  });
  const world = await polled(context, "together", { maxInHand: 50, handlerTimeoutSeconds: LONG }, async () => {
    await released;
    return true;
  });
  await send(world.queue, named("one", 40));
  world.start();
  await seen(world, 40);
  release();
  await isEmpty(world);
  expect(world.requests.filter((name) => name === "DeleteMessageBatchCommand").length).toBeLessThanOrEqual(6);
});

test.concurrent("a handler that takes too long is cut off: its hand is free, and its message comes again", async (context) => {
  const world = await polled(
    context,
    "cut-off",
    { maxInHand: 10, handlerTimeoutSeconds: SHORT },
    async ({ receives }) => {
      if (receives === 1) await new Promise<never>(() => {});
      return true;
    },
  );
  await send(world.queue, named("one", 15));
  world.start();
  await world.said("not processed");
  await isEmpty(world);
  expect(new Set(world.handled.map(({ body }) => body)).size).toBe(15);
  const times = world.handled.filter(({ body }) => body === "one 0").map(({ atMs }) => atMs);
  expect(times).toHaveLength(2);
  expect((times[1] ?? 0) - (times[0] ?? 0)).toBeGreaterThanOrEqual(SHORT * 1_000 - SLACK_MS);
});

test.concurrent("what failed, by its name or by an error, comes again; what is done does not", async (context) => {
  const world = await polled(
    context,
    "failed",
    { maxInHand: 10, handlerTimeoutSeconds: SHORT },
    async ({ body, receives }) => {
      if (body === "throws" && receives === 1) throw new Error("a bug");
      return body !== "named" || receives > 1;
    },
  );
  await send(world.queue, ["done", "throws", "named"]);
  world.start();
  await isEmpty(world);
  expect(world.handled.map(({ body }) => body).sort()).toEqual(["done", "named", "named", "throws", "throws"]);
});

test.concurrent("to stop is to take no more, to wait for what is in hand and to delete it", async (context) => {
  let release = (): void => {};
  const released = new Promise<void>((resolve) => {
    release = resolve;
  });
  const world = await polled(context, "stops", { maxInHand: 20, handlerTimeoutSeconds: LONG }, async () => {
    await released;
    return true;
  });
  await world.queue.send("in hand");
  const poller = world.start();
  await seen(world, 1);
  let isStopped = false;
  const stopping = poller.stop().then(() => {
    isStopped = true;
  });
  await world.queue.send("too late");
  expect(await world.queue.count()).toBe(2);
  expect(isStopped).toBe(false);
  release();
  await stopping;
  expect(await world.queue.count()).toBe(1); // what was too late
  expect(world.handled).toHaveLength(1);
});

test.concurrent.for(["refuse", "hang"] as const)(
  "goes on once the engine is back, after connections %s",
  async (mode, context) => {
    const world = await polled(
      context,
      `away-${mode}`,
      { maxInHand: 10, handlerTimeoutSeconds: SHORT },
      async () => true,
    );
    world.proxy.set(mode);
    world.start();
    if (mode === "refuse") await world.said("queue not polled");
    else await until("it is asked", () => world.requests.length > 0 || undefined);
    world.proxy.set("pass");
    await world.queue.send("one");
    await isEmpty(world);
    world.proxy.set(mode);
    await world.queue.send("two");
    world.proxy.set("pass");
    await isEmpty(world);
    expect(new Set(world.handled.map(({ body }) => body))).toEqual(new Set(["one", "two"]));
  },
);

test.concurrent("what could not be deleted comes again, and is deleted then", async (context) => {
  let world: Polled | undefined;
  world = await polled(context, "undeleted", { maxInHand: 10, handlerTimeoutSeconds: SHORT }, async ({ receives }) => {
    if (receives === 1) world?.proxy.set("refuse");
    return true;
  });
  await world.queue.send("one");
  world.start();
  await world.said("not deleted");
  world.proxy.set("pass");
  await isEmpty(world);
  expect(world.handled.map(({ receives }) => receives)).toEqual([1, 2]);
});
