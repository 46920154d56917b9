import { create } from "@bufbuild/protobuf";
import pLimit from "p-limit";
import { v7 as uuidv7 } from "uuid";
import { afterEach, beforeEach, expect, test } from "vitest";
import {
  type Answer,
  type RecordingCollector,
  startRecordingCollector,
} from "../../server/demo/recording-collector.ts";
import {
  ContinuousProfilingReportSchema,
  ContinuousProfilingService,
} from "../../shared/gen/ebpf/profiling/Continuous_pb.js";
import { taskFromReport } from "../../shared/tasks/task.ts";
import { SECRET, webhookTo } from "../support/collectors.ts";
import { goodReport, taskIdIn } from "../support/policies.ts";
import { until } from "../support/until.ts";
import { startWorld, type World } from "../support/world.ts";

/** Attempts at the same time to one collector. */
const WIDTH = 16;
/** Far more than are in hand at once. In turns of a hundred that wait for their slowest, they would take 45 s. */
const WAITING = 300;
/** How long an attempt hangs, and less than that, for all that a healthy collector is to get. */
const HANG_SECONDS = 15;
const PATIENCE_MS = 14_000;

let world: World;
let hanging: RecordingCollector;
let healthy: RecordingCollector;
/** Ends what hangs well. What comes after that is answered with 503 the first time. */
let mend: () => void;

beforeEach(async () => {
  world = await startWorld({ FLASHPOINT_RETRY_SCHEDULE: "1" });
  const seen = new Set<string>();
  let isMended = false;
  const mended = new Promise<Answer>((resolve) => {
    mend = () => {
      isMended = true;
      resolve({ status: 204 });
    };
  });
  hanging = await startRecordingCollector(SECRET, ({ headers: { "webhook-id": id = "" } }) => {
    const isNew = !seen.has(id);
    seen.add(id);
    return isMended && isNew ? { status: 503 } : mended;
  });
  healthy = await startRecordingCollector(SECRET);
  await world.services.collectorStore.put(
    webhookTo(hanging.url, { name: "hanging", services: ["stuck"], timeoutSeconds: HANG_SECONDS }),
  );
  await world.services.collectorStore.put(webhookTo(healthy.url, { name: "healthy", services: ["well"] }));
});
afterEach(async () => {
  await hanging.close(); // ends what hangs, so that the world need not wait for it
  await world.stop();
  await healthy.close();
});

async function report(serviceName: string): Promise<string> {
  const { reportProfilingTask } = ContinuousProfilingService.method;
  return taskIdIn(await world.grpc.call(reportProfilingTask, goodReport(serviceName)));
}

/** Sets deliveries to the hanging collector on their way, past the tasks queue. @returns their tasks' ids. */
async function hang(count: number): Promise<string[]> {
  const { taskStore, deliveryQueue } = world.services;
  const inTurn = pLimit(8);
  const hung = Array.from({ length: count }, async () => {
    const report = create(ContinuousProfilingReportSchema, goodReport("stuck"));
    const task = taskFromReport(report, { taskId: uuidv7(), reportedAt: Date.now() });
    await inTurn(async () => {
      await taskStore.record(task, ["hanging"]);
      await deliveryQueue.send({ case: "taskReported", value: task }, ["hanging"]);
    });
    return task.taskId;
  });
  return Promise.all(hung);
}

const allPlacesTaken = () =>
  until("all of its places are taken", () => (hanging.received.length >= WIDTH ? true : undefined));

test("while hundreds of deliveries wait for a collector that hangs, another gets every event at once", async () => {
  await hang(WAITING);
  await allPlacesTaken();
  const startedAt = performance.now();
  for (let count = 0; count < 5; count++) {
    const taskId = await report("well");
    await healthy.waitFor(({ headers }) => headers["webhook-id"] === taskId, PATIENCE_MS);
  }
  expect(performance.now() - startedAt).toBeLessThan(PATIENCE_MS);
  expect(new Set(hanging.received.map(({ headers }) => headers["webhook-id"])).size).toBeLessThan(WAITING);
});

test("who waits for a turn, however often it is told to, uses up no attempt", { timeout: 60_000 }, async () => {
  const taskIds = await hang(WIDTH * 2);
  await allPlacesTaken();
  await until("somebody was told to wait three times", () =>
    world.log.find(({ reason, receives }) => reason === "collector hanging is busy" && Number(receives) > 2),
  );
  const asked = new Set(hanging.received.map(({ headers }) => headers["webhook-id"]));
  const waiting = taskIds.filter((taskId) => !asked.has(taskId));
  expect(waiting.length).toBeGreaterThan(0);
  const deliveryOf = async (taskId: string) => (await world.services.taskStore.get(taskId))?.deliveries.hanging;
  for (const taskId of waiting) expect(await deliveryOf(taskId)).toMatchObject({ status: "pending", attempts: 0 });
  mend();
  for (const taskId of taskIds) {
    const delivery = await until(
      "the delivery ends",
      async () => {
        const found = await deliveryOf(taskId);
        return found?.status === "delivered" || found?.status === "dead" ? found : undefined;
      },
      40_000,
    );
    // The schedule has one attempt and one more, which those that waited need both.
    expect(delivery.status).toBe("delivered");
    if (waiting.includes(taskId)) expect(delivery.attempts).toBe(2);
  }
});
