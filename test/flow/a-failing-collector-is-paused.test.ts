import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type RecordingCollector, startRecordingCollector } from "../../server/demo/recording-collector.ts";
import { withLoopback } from "../../server/local/local-aws.ts";
import { createAwsClients } from "../../shared/aws/clients.ts";
import { ContinuousProfilingService } from "../../shared/gen/ebpf/profiling/Continuous_pb.js";
import { createLogger } from "../../shared/log.ts";
import { writeDeliveryMessage } from "../../shared/messages/delivery-message.ts";
import { deadLetterQueueName, queueName } from "../../shared/resources.ts";
import { createServices } from "../../shared/services.ts";
import { SECRET, webhookTo } from "../support/collectors.ts";
import { goodReport, taskIdIn } from "../support/policies.ts";
import { recordedDelivery } from "../support/recorded-delivery.ts";
import { sqsEvent } from "../support/sqs-event.ts";
import { openSqsQueue, type SqsQueue } from "../support/sqs-queue.ts";
import { until } from "../support/until.ts";
import { startWorld, type World } from "../support/world.ts";

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const PATIENCE_MS = 20_000;

let world: World;
let collector: RecordingCollector;
let deliveries: SqsQueue;
let deadLetters: SqsQueue;
/** How far the world's clock is ahead. */
let aheadMs = 0;
const now = (): number => Date.now() + aheadMs;
/** Services whose events the collector takes; all others it answers with 503. */
const taken = new Set<string>();

beforeAll(async () => {
  world = await startWorld({ FLASHPOINT_RETRY_SCHEDULE: "1" }, { now });
  collector = await startRecordingCollector(SECRET, ({ body }) => {
    return { status: taken.has(JSON.parse(body).subject) ? 204 : 503 };
  });
  // Each gets the events of the service of its name.
  for (const name of ["down", "flaky", "shared"]) {
    await world.services.collectorStore.put(webhookTo(collector.url, { name, services: [name] }));
  }
  deliveries = await openSqsQueue(world.server.engines.aws, queueName(world.config.stack, "deliveries"));
  deadLetters = await openSqsQueue(world.server.engines.aws, deadLetterQueueName(world.config.stack, "deliveries"));
});
afterAll(async () => {
  deliveries.close();
  deadLetters.close();
  await world.stop();
  await collector.close();
});

async function report(serviceName: string): Promise<string> {
  const { reportProfilingTask } = ContinuousProfilingService.method;
  return taskIdIn(await world.grpc.call(reportProfilingTask, goodReport(serviceName)));
}

/** The record of the delivery to the collector of that name, once it has that status. */
const ended = (taskId: string, collector: string, status: string) =>
  recordedDelivery(world.services, { taskId, collector, status, timeoutMs: PATIENCE_MS });

const healthOf = async (name: string) => (await world.services.collectorStore.get(name))?.health;
const arrivalsOf = (taskId: string) => collector.received.filter(({ headers }) => headers["webhook-id"] === taskId);

async function pausesCounted(name: string): Promise<number> {
  const lines = (await (await fetch(`${world.httpUrl}/metrics`)).text()).split("\n");
  const line = lines.find((one) => one.startsWith(`flashpoint_collectors_paused_total{collector="${name}"`));
  return line === undefined ? 0 : Number(line.slice(line.lastIndexOf(" ")));
}

/** The time when attempts to this collector began to fail, by the clock of the world. */
async function failFirst(name: string): Promise<number> {
  await ended(await report(name), name, "dead");
  return Date.parse((await until("it is noted", () => healthOf(name)))?.failingSince ?? "");
}

describe("a collector that fails", () => {
  test("for five days is paused at its next failure; mended and resumed it gets what was put aside", async () => {
    const since = await failFirst("down");
    expect(Math.abs(since - now())).toBeLessThan(HOUR_MS);
    aheadMs += 5 * DAY_MS - HOUR_MS;
    await ended(await report("down"), "down", "dead");
    expect((await healthOf("down"))?.paused).toBeUndefined();
    expect(await pausesCounted("down")).toBe(0);

    aheadMs += HOUR_MS;
    const last = await report("down");
    // Its first attempt was the failure that pauses; for the second the collector is not asked.
    expect(await ended(last, "down", "dead")).toMatchObject({ attempts: 1 });
    expect(arrivalsOf(last)).toHaveLength(1);
    const { paused } = (await healthOf("down")) ?? {};
    expect(paused?.reason).toContain("answered 503");
    expect(Math.abs(Date.parse(paused?.at ?? "") - now())).toBeLessThan(HOUR_MS);
    expect(await pausesCounted("down")).toBe(1);
    expect(world.log.filter((line) => line.level === "error" && line.collector === "down")).toHaveLength(1);

    const aside = await report("down");
    const lastError = `the collector is paused: ${paused?.reason}`;
    expect(await ended(aside, "down", "dead")).toMatchObject({ attempts: 0, lastError });
    const isAside = ({ body }: { body: string }): boolean => body.includes(aside);
    expect(await deadLetters.find("a dead letter", isAside)).toMatchObject({ reason: `collector down: ${lastError}` });
    expect(arrivalsOf(aside)).toHaveLength(0);

    taken.add("down");
    await world.services.collectorHealth.resume("down");
    expect(await healthOf("down")).toEqual({});
    await world.services.taskStore.restartDelivery(aside, "down");
    await deliveries.send((await deadLetters.take("the dead letter", isAside)).body);
    expect(await ended(aside, "down", "delivered")).toMatchObject({ attempts: 1 });
    expect(arrivalsOf(aside)).toHaveLength(1);
    await ended(await report("down"), "down", "delivered");
  });

  test("and takes an event in between has five days from its next failure on", async () => {
    await failFirst("flaky");
    aheadMs += 4 * DAY_MS;
    taken.add("flaky");
    await ended(await report("flaky"), "flaky", "delivered");
    await until("the success is noted", async () => ((await healthOf("flaky"))?.failingSince ? undefined : true));
    taken.delete("flaky");
    aheadMs += 2 * DAY_MS;
    await ended(await report("flaky"), "flaky", "dead");
    expect((await healthOf("flaky"))?.paused).toBeUndefined();
    expect((await healthOf("flaky"))?.failingSince).toBeDefined();
  });

  test("is paused for every process, whichever saw it fail", async () => {
    const aws = createAwsClients(world.server.engines.aws);
    const log = createLogger("silent");
    const other = createServices({ config: withLoopback(world.config), log, aws, now });
    const unpolled = async (): Promise<{ taskId: string; body: string }> => {
      // Nobody but the other process gets this one: its message never lies in the queue.
      const taskId = await report("shared-unpolled");
      const { task } = await until("it is recorded", () => world.services.taskStore.get(taskId));
      return { taskId, body: writeDeliveryMessage({ case: "taskReported", value: task }, "shared") };
    };
    const first = await unpolled();
    await other.handlers.deliveries(sqsEvent([first.body]));
    expect(arrivalsOf(first.taskId)).toHaveLength(1);
    expect((await healthOf("shared"))?.failingSince).toBeDefined();

    aheadMs += 5 * DAY_MS;
    await ended(await report("shared"), "shared", "dead");
    await until("it is paused", async () => (await healthOf("shared"))?.paused);
    const second = await unpolled();
    expect(await other.handlers.deliveries(sqsEvent([second.body]))).toEqual({ batchItemFailures: [] });
    expect(arrivalsOf(second.taskId)).toHaveLength(0);
    await deadLetters.find("a dead letter", ({ body }) => body.includes(second.taskId));
    other.close();
  });
});
