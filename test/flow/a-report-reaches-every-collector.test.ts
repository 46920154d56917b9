import { CloudEvent, HTTP } from "cloudevents";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type RecordingCollector, startRecordingCollector } from "../../server/demo/recording-collector.ts";
import type { ProfilingTask } from "../../shared/gen/flashpoint/v1/task_pb.js";
import { writeDeliveryMessage } from "../../shared/messages/delivery-message.ts";
import type { TaskRecord } from "../../shared/tasks/task-item.ts";
import { SECRET, webhookTo } from "../support/collectors.ts";
import { openHandEdits } from "../support/hand-edits.ts";
import { goodReport, taskIdIn } from "../support/policies.ts";
import { ROADS, type Road } from "../support/roads.ts";
import { sqsEvent } from "../support/sqs-event.ts";
import { until } from "../support/until.ts";
import { startWorld, type World } from "../support/world.ts";

let world: World;
let all: RecordingCollector;
let payments: RecordingCollector;

async function addCollector(name: string, url: string, services: string[], secret = SECRET): Promise<void> {
  await world.services.collectorStore.put(webhookTo(url, { name, services, secret }));
}

async function report(serviceName: string): Promise<string> {
  return send(goodReport(serviceName));
}

/** A report that has become a task. */
async function recordedReport(serviceName: string): Promise<TaskRecord> {
  const taskId = await report(serviceName);
  return until("the task is recorded", () => world.services.taskStore.get(taskId));
}

async function send(init: Parameters<Road["reportProfilingTask"]>[0]): Promise<string> {
  const open = ROADS["grpc-js on the gRPC port"];
  if (open === undefined) throw new Error("no such road");
  return taskIdIn(await open(world).reportProfilingTask(init));
}

function deliveryOf(task: ProfilingTask, collector: string): string {
  return writeDeliveryMessage({ case: "taskReported", value: task }, collector);
}

beforeAll(async () => {
  world = await startWorld({ FLASHPOINT_RETRY_SCHEDULE: "1,1,1" });
  all = await startRecordingCollector(SECRET);
  payments = await startRecordingCollector(SECRET);
  await addCollector("all", all.url, ["*"]);
  await addCollector("payments", payments.url, ["payment*", "!payment-test"]);
});
afterAll(async () => {
  await world.stop();
  await Promise.all([all.close(), payments.close()]);
});

const arrives = (collector: RecordingCollector, taskId: string) =>
  collector.waitFor(({ headers }) => headers["webhook-id"] === taskId, 10_000);

describe("a reported task", () => {
  it("arrives at each collector that wants it, and is noted as delivered", async () => {
    const taskId = await report("payments-eu");
    await Promise.all([arrives(all, taskId), arrives(payments, taskId)]);
    const deliveries = await until("both deliveries are noted", async () => {
      const record = await world.services.taskStore.get(taskId);
      const statuses = Object.values(record?.deliveries ?? {}).map(({ status }) => status);
      return statuses.every((status) => status === "delivered") ? record?.deliveries : undefined;
    });
    expect(Object.keys(deliveries).sort()).toEqual(["all", "payments"]);
    expect(deliveries.all).toMatchObject({ status: "delivered", attempts: 1 });
  });

  it("stays away from collectors whose globs do not name its service", async () => {
    const taskId = await report("payment-test");
    await arrives(all, taskId);
    const record = await until("the task is recorded", () => world.services.taskStore.get(taskId));
    expect(Object.keys(record.deliveries)).toEqual(["all"]);
    expect(payments.received.some(({ headers }) => headers["webhook-id"] === taskId)).toBe(false);
  });

  it("is signed so that the Standard Webhooks library accepts it", async () => {
    const event = await arrives(all, await report("signed"));
    expect(event.verified).toBe(true);
    expect(Math.abs(Number(event.headers["webhook-timestamp"]) - Date.now() / 1_000)).toBeLessThan(60);
  });

  it("is signed with the collector's own secret", async () => {
    const other = await startRecordingCollector("whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD");
    await addCollector("other", other.url, ["other-*"]);
    await until("the collector is known", async () => {
      const taskId = await report("other-service");
      await arrives(all, taskId);
      return other.received.length > 0 ? true : undefined;
    });
    expect(other.received[0]?.verified).toBe(false);
    await other.close();
  });

  it("is a CloudEvent that the CloudEvents SDK reads", async () => {
    const taskId = await report("cloudy");
    const { headers, body } = await arrives(all, taskId);
    const event = HTTP.toEvent({ headers, body });
    if (!(event instanceof CloudEvent)) throw new Error("not one event");
    expect(event.validate()).toBe(true);
    expect(event).toMatchObject({
      id: taskId,
      source: "/flashpoint/flashpoint",
      type: "flashpoint.task.reported.v1",
      subject: "cloudy",
      data: { taskId, serviceName: "cloudy", target: "PROFILING_TARGET_ON_CPU", durationSeconds: 600 },
    });
  });

  it("of 150 KB arrives at each of eight collectors, though SQS takes no two such deliveries at once", async () => {
    const eight = await Promise.all(Array.from({ length: 8 }, () => startRecordingCollector(SECRET)));
    for (const [index, { url }] of eight.entries()) await addCollector(`large-${index}`, url, ["large"]);
    const samplingURIRegexes = Array.from({ length: 50 }, () => "x".repeat(3_000));
    const taskId = await until("all eight are known", async () => {
      const id = await send({
        ...goodReport("large"),
        targetTask: { case: "network", value: { samplingURIRegexes } },
      });
      const record = await until("recorded", () => world.services.taskStore.get(id));
      return Object.keys(record.deliveries).length === 9 ? id : undefined;
    });
    const events = await Promise.all([all, ...eight].map((collector) => arrives(collector, taskId)));
    for (const { verified, body } of events) {
      expect(verified).toBe(true);
      expect(JSON.parse(body).data.samplingUriRegexes).toEqual(samplingURIRegexes);
    }
    await Promise.all(eight.map((collector) => collector.close()));
  });

  it("is recorded and shown even if nobody collects it", async () => {
    await world.services.collectorStore.put(webhookTo(all.url, { name: "all", enabled: false }));
    const taskId = await until("a task without deliveries", async () => {
      const id = await report("lonely");
      const record = await until("recorded", () => world.services.taskStore.get(id));
      return Object.keys(record.deliveries).length === 0 ? id : undefined;
    });
    const listed = await world.services.taskStore.list({ serviceName: "lonely", limit: 1 });
    expect(listed[0]?.task.taskId).toBe(taskId);
    await addCollector("all", all.url, ["*"]);
  });
});

describe("the forwarder", () => {
  it("names just the messages of a batch that failed, and notes why on the task", async () => {
    const broken = await startRecordingCollector(SECRET, () => ({ status: 503, body: "not now" }));
    const { task } = await recordedReport("checkout");
    task.taskId = "01900000-0000-7000-8000-000000000001";
    await addCollector("broken", broken.url, ["nobody"]);
    await world.services.taskStore.record(task, ["all", "broken"]);

    const { batchItemFailures } = await world.services.handlers.deliveries(
      sqsEvent([deliveryOf(task, "all"), deliveryOf(task, "broken"), "no message at all"]),
    );
    // What cannot be read lies in the dead letters and is done with.
    expect(batchItemFailures).toEqual([{ itemIdentifier: "message-1" }]);
    const record = await world.services.taskStore.get(task.taskId);
    expect(record?.deliveries.all).toMatchObject({ status: "delivered", attempts: 1 });
    expect(record?.deliveries.broken).toMatchObject({
      status: "retrying",
      attempts: 1,
      lastError: "answered 503: not now",
    });
    await broken.close();
  });

  it("keeps an invalid collector's delivery until the collector is mended", async () => {
    const mended = await startRecordingCollector(SECRET);
    const { task } = await recordedReport("checkout");
    task.taskId = "01900000-0000-7000-8000-000000000003";
    await world.services.taskStore.record(task, ["typo"]);
    const hand = openHandEdits(world);
    const item = { name: { S: "typo" }, secret: { S: SECRET }, services: { L: [{ S: "nobody" }] } };
    const batch = sqsEvent([deliveryOf(task, "typo")]);

    await hand.put("collectors", { ...item, url: { S: mended.url.slice("http://".length) } });
    expect(await world.services.handlers.deliveries(batch)).toEqual({
      batchItemFailures: [{ itemIdentifier: "message-0" }],
    });
    const waiting = (await world.services.taskStore.get(task.taskId))?.deliveries.typo;
    expect(waiting).toMatchObject({ status: "retrying", attempts: 1 });
    expect(waiting?.lastError).toMatch(/^the collector is invalid: url /);
    expect(waiting?.lastError).not.toContain(SECRET);

    await hand.put("collectors", { ...item, url: { S: mended.url } });
    hand.close();
    expect(await world.services.handlers.deliveries(batch)).toEqual({ batchItemFailures: [] });
    expect(mended.received.map(({ headers }) => headers["webhook-id"])).toEqual([task.taskId]);
    const delivered = (await world.services.taskStore.get(task.taskId))?.deliveries.typo;
    expect(delivered).toMatchObject({ status: "delivered", attempts: 2 });
    expect(delivered?.lastError).toBeUndefined();
    await mended.close();
  });

  it("drops a delivery whose collector was deleted, and says so on the task", async () => {
    const { task } = await recordedReport("checkout");
    task.taskId = "01900000-0000-7000-8000-000000000002";
    await world.services.taskStore.record(task, ["ghost"]);
    const { batchItemFailures } = await world.services.handlers.deliveries(sqsEvent([deliveryOf(task, "ghost")]));
    expect(batchItemFailures).toEqual([]);
    const record = await world.services.taskStore.get(task.taskId);
    expect(record?.deliveries.ghost).toMatchObject({ status: "dropped", lastError: "the collector was deleted" });
  });
});

describe("the dispatcher", () => {
  it("records a task once, however often its message comes", async () => {
    const { task, deliveries } = await recordedReport("checkout");
    const again = await world.services.taskStore.record(task, ["somebody-else"]);
    expect(again.isNew).toBe(false);
    expect(Object.keys(again.record.deliveries)).toEqual(Object.keys(deliveries));
    expect(again.record.deliveries).not.toHaveProperty("somebody-else");
  });
});
