import { SQSClient } from "@aws-sdk/client-sqs";
import { afterAll, beforeAll, describe, expect, type TestContext, test } from "vitest";
import { type LocalEngines, startLocalEngines } from "../../server/local/local-engines.ts";
import { startQueuePoller } from "../../server/local/queue-poller.ts";
import { createAwsClients } from "../../shared/aws/clients.ts";
import { createQueue } from "../../shared/aws/queue.ts";
import { type SqsWork, sqsBatchHandler } from "../../shared/aws/sqs-batch.ts";
import { loadConfig } from "../../shared/config.ts";
import { ComeAgain, Unavailable, Undeliverable } from "../../shared/errors.ts";
import { createLogger } from "../../shared/log.ts";
import { QUEUES } from "../../shared/resources.ts";
import { sqsEvent } from "../support/sqs-event.ts";
import { openSqsQueue } from "../support/sqs-queue.ts";
import { startSwitchableProxy } from "../support/switchable-proxy.ts";
import { until } from "../support/until.ts";
import { FREE_PORTS, temporaryFolder } from "../support/world.ts";

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

/** Clocks and requests are not exact to the millisecond. */
const SLACK_MS = 50;
/** The poller hides what it receives for this and two seconds more. */
const HANDLER_TIMEOUT_SECONDS = 1;

/** An attempt at a message. */
interface Seen {
  body: string;
  attempt: number;
  atMs: number;
}

/** A queue whose messages are worked off as told. */
async function worked({ onTestFinished }: TestContext, name: string, work: SqsWork) {
  const queue = await openSqsQueue(engines.aws, name);
  const deadLetters = await openSqsQueue(engines.aws, `${name}-dead`);
  const proxy = await startSwitchableProxy(engines.sqs.port);
  const clients = createAwsClients(engines.aws);
  const proxied = createAwsClients({ ...engines.aws, sqsEndpoint: `http://127.0.0.1:${proxy.port}` });
  const seen: Seen[] = [];
  const log: Record<string, unknown>[] = [];
  const logger = createLogger("info", { write: (line) => log.push(JSON.parse(line)) });
  const handler = sqsBatchHandler({
    work(body, attempt) {
      seen.push({ body, attempt, atMs: performance.now() });
      return work(body, attempt);
    },
    queue: createQueue(clients.sqs, name),
    deadLetters: createQueue(proxied.sqs, `${name}-dead`),
    log: logger,
  });
  const { region, credentials } = engines.aws;
  const sqs = new SQSClient({ endpoint: engines.aws.sqsEndpoint, region, credentials });
  const definition = { ...QUEUES.deliveries, handlerTimeoutSeconds: HANDLER_TIMEOUT_SECONDS };
  const poller = startQueuePoller({ sqs, queue: name, definition, maxInHand: 100, handler, log: logger });
  onTestFinished(async () => {
    await poller.stop();
    sqs.destroy();
    clients.destroy();
    proxied.destroy();
    await proxy.close();
    queue.close();
    deadLetters.close();
  });
  return { queue, deadLetters, seen, log, deadLettersProxy: proxy, handler };
}

const isDone = (queue: { count(): Promise<number> }) =>
  until("the queue is empty", async () => ((await queue.count()) === 0 ? true : undefined));

describe.concurrent("a message", () => {
  test("whose work returned is gone", async (context) => {
    const { queue, deadLetters, seen } = await worked(context, "returns", async () => {});
    await queue.send("one");
    await isDone(queue);
    expect(seen).toMatchObject([{ body: "one", attempt: 1 }]);
    expect(await deadLetters.count()).toBe(0);
  });

  test.for([
    { when: "sooner", seconds: 1 },
    { when: "later", seconds: HANDLER_TIMEOUT_SECONDS + 2 + 2 },
  ])(
    "that is to come again $when than its visibility timeout ends does so then, not before, and counts its attempts",
    async ({ when, seconds }, context) => {
      const { queue, deadLetters, seen } = await worked(context, `again-${when}`, async (_, attempt) => {
        if (attempt < 3) throw new ComeAgain("not now", seconds);
      });
      await queue.send("one");
      await until("three attempts", () => (seen.length >= 3 ? true : undefined), 20_000);
      await isDone(queue);
      expect(seen.map(({ body, attempt }) => [body, attempt])).toEqual([
        ["one", 1],
        ["one", 2],
        ["one", 3],
      ]);
      const [first, second, third] = seen.map(({ atMs }) => atMs) as [number, number, number];
      for (const gap of [second - first, third - second]) {
        expect(gap).toBeGreaterThanOrEqual(seconds * 1_000 - SLACK_MS);
        expect(gap).toBeLessThan(seconds * 1_000 + 1_500);
      }
      expect(await deadLetters.count()).toBe(0);
    },
  );

  test("whose work failed otherwise comes again when its visibility timeout ends", async (context) => {
    const { queue, deadLetters, seen } = await worked(context, "fails", async (_, attempt) => {
      if (attempt === 1) throw new Unavailable("DynamoDB cannot be reached");
    });
    await queue.send("one");
    await until("two attempts", () => (seen.length >= 2 ? true : undefined));
    const [first, second] = seen.map(({ atMs }) => atMs) as [number, number];
    expect(second - first).toBeGreaterThanOrEqual((HANDLER_TIMEOUT_SECONDS + 2) * 1_000 - SLACK_MS);
    await isDone(queue);
    expect(await deadLetters.count()).toBe(0);
  });

  test("that can never be processed lies in the dead letters, its body unchanged and with the reason", async (context) => {
    const body = 'no {"message": "at all"}\n\t<&> ü €  ';
    const { queue, deadLetters, seen } = await worked(context, "undeliverable", async () => {
      throw new Undeliverable("answered 400: ü 😀\u0000\u001b[2J no");
    });
    await queue.send(body);
    const reason = "answered 400: ü \ufffd\ufffd\ufffd[2J no"; // without what SQS refuses
    expect(await deadLetters.find("a dead letter", () => true)).toMatchObject({ body, reason });
    await isDone(queue);
    expect(seen).toHaveLength(1);
    expect(await deadLetters.count()).toBe(1);
  });

  test("that asks DynamoDB for what it always refuses lies in the dead letters, and says so", async (context) => {
    const { queue, deadLetters, seen } = await worked(context, "refused", async () => {
      throw Object.assign(new Error("an empty string is no key"), { name: "ValidationException" });
    });
    await queue.send("one");
    const reason = "DynamoDB refuses what it asks for: an empty string is no key";
    expect(await deadLetters.find("a dead letter", () => true)).toMatchObject({ body: "one", reason });
    await isDone(queue);
    expect(seen).toHaveLength(1);
  });

  test.for([
    { name: "long", reason: "x".repeat(5_000), kept: "x".repeat(1_024) },
    { name: "blank", reason: "", kept: "unknown" },
  ])("lies in the dead letters even if the reason is $name", async ({ name, reason, kept }, context) => {
    const { queue, deadLetters } = await worked(context, `reason-${name}`, async () => {
      throw new Undeliverable(reason);
    });
    await queue.send("one");
    expect(await deadLetters.find("a dead letter", () => true)).toMatchObject({ body: "one", reason: kept });
  });

  test.for(["refuse", "hang"] as const)(
    "stays queued while connections to the dead letters %s",
    async (mode, context) => {
      const { queue, deadLetters, deadLettersProxy, seen, log } = await worked(context, `away-${mode}`, async () => {
        throw new Undeliverable("answered 400");
      });
      deadLettersProxy.set(mode);
      await queue.send("one");
      await until("two attempts", () => (seen.length >= 2 ? true : undefined));
      expect(await queue.count()).toBe(1);
      expect(await deadLetters.count()).toBe(0);
      expect(log.some(({ msg }) => /stays queued|comes again/.test(String(msg)))).toBe(true);
      deadLettersProxy.set("pass");
      expect(await deadLetters.find("a dead letter", () => true)).toMatchObject({
        body: "one",
        reason: "answered 400",
      });
      await isDone(queue);
    },
  );
});

test("of a batch, just those are named that are not done with, also if they can no longer be hidden", async (context) => {
  const { handler } = await worked(context, "batch", async (body) => {
    if (body === "again") throw new ComeAgain("not now", 1);
    if (body === "never") throw new Undeliverable("no");
    if (body === "broken") throw new Error("a bug");
  });
  // Nobody has received these, so their receipts are good for nothing.
  const { batchItemFailures } = await handler(sqsEvent(["fine", "again", "never", "broken"]));
  expect(batchItemFailures).toEqual([{ itemIdentifier: "message-1" }, { itemIdentifier: "message-3" }]);
});
