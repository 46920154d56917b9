import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import {
  type Answer,
  type RecordingCollector,
  startRecordingCollector,
} from "../../server/demo/recording-collector.ts";
import { ContinuousProfilingService } from "../../shared/gen/ebpf/profiling/Continuous_pb.js";
import { SECRET, webhookTo } from "../support/collectors.ts";
import { openHandEdits } from "../support/hand-edits.ts";
import { goodReport, taskIdIn } from "../support/policies.ts";
import { sqsEvent } from "../support/sqs-event.ts";
import { type StillWorld, startStillWorld } from "../support/still-world.ts";

const BUSY: Answer = { status: 503, body: "busy" };

let world: StillWorld;
let collector: RecordingCollector;
let answer: Answer = BUSY;

beforeAll(async () => {
  world = await startStillWorld({ FLASHPOINT_RETRY_SCHEDULE: "600,600" });
  collector = await startRecordingCollector(SECRET, () => answer);
  await world.services.collectorStore.put(webhookTo(collector.url, { name: "hook" }));
});
afterAll(async () => {
  await world.stop();
  await collector.close();
});
beforeEach(() => {
  answer = BUSY;
});

/** A delivery on its way, and how often its collector has heard of it. */
async function pendingDelivery() {
  const { reportProfilingTask } = ContinuousProfilingService.method;
  const taskId = taskIdIn(await world.grpc.call(reportProfilingTask, goodReport()));
  expect(await world.handle("tasks", await world.take("tasks", 1))).toEqual([]);
  const [body = ""] = await world.take("deliveries", 1);
  return {
    taskId,
    body,
    heard: () => collector.received.filter(({ headers }) => headers["webhook-id"] === taskId).length,
    stands: async () => (await world.services.taskStore.get(taskId))?.deliveries.hook,
  };
}

test("a copy of a message does not take an attempt before its time", async () => {
  const { body, heard, stands } = await pendingDelivery();
  expect(await world.handle("deliveries", [body])).toEqual([0]);
  const noted = await stands();
  expect(noted).toMatchObject({ status: "retrying", attempts: 1 });
  const waits = Date.parse(noted?.nextAt ?? "") - Date.parse(noted?.at ?? "");
  expect(waits).toBeGreaterThanOrEqual(0.8 * 600_000);
  expect(waits).toBeLessThanOrEqual(1.2 * 600_000 + 1_000);
  answer = { status: 204 };
  expect(await world.handle("deliveries", [body, body])).toEqual([0, 1]);
  expect(heard()).toBe(1);
  expect(await stands()).toEqual(noted);
});

test("a delivery that was set on its way again is due at once", async () => {
  const { taskId, body, heard, stands } = await pendingDelivery();
  await world.handle("deliveries", [body]);
  expect(await world.services.taskStore.restartDelivery(taskId, "hook")).toBe(true);
  answer = { status: 204 };
  expect(await world.handle("deliveries", [body])).toEqual([]);
  expect(heard()).toBe(2);
  const delivered = await stands();
  expect(delivered).toMatchObject({ status: "delivered", attempts: 1 });
  expect(delivered).not.toHaveProperty("nextAt");
});

test("a record that a hand has broken does not make a delivery go on for ever", async () => {
  const { taskId, body, stands } = await pendingDelivery();
  const hand = openHandEdits({ config: world.config, server: world });
  const item = await hand.get("tasks", { taskId: { S: taskId } });
  const broken = { M: { hook: { M: { status: { S: "pending" }, attempts: { S: "many" } } } } };
  await hand.put("tasks", { ...item, deliveries: broken });
  hand.close();
  expect(await stands()).toEqual({ status: "pending", attempts: 0, at: "" });
  const received = (times: number) => {
    const event = sqsEvent([body]);
    for (const { attributes } of event.Records) attributes.ApproximateReceiveCount = String(times);
    return world.services.handlers.deliveries(event);
  };
  expect((await received(2)).batchItemFailures).toHaveLength(1); // one more attempt
  expect((await received(3)).batchItemFailures).toEqual([]); // three attempts are all that there are
  expect(world.log).toContainEqual(expect.objectContaining({ reason: "collector hook: gave up: answered 503: busy" }));
});

test("a record without a count of attempts gets one", async () => {
  const { taskId, body, stands } = await pendingDelivery();
  const hand = openHandEdits({ config: world.config, server: world });
  const item = await hand.get("tasks", { taskId: { S: taskId } });
  await hand.put("tasks", { ...item, deliveries: { M: { hook: { M: { status: { S: "pending" } } } } } });
  hand.close();
  await world.handle("deliveries", [body]);
  expect(await stands()).toMatchObject({ status: "retrying", attempts: 1, lastError: "answered 503: busy" });
});
