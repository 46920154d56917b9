import { afterAll, beforeAll, expect, test } from "vitest";
import { type RecordingCollector, startRecordingCollector } from "../../server/demo/recording-collector.ts";
import { ContinuousProfilingService } from "../../shared/gen/ebpf/profiling/Continuous_pb.js";
import { SECRET, webhookTo } from "../support/collectors.ts";
import { goodReport, taskIdIn } from "../support/policies.ts";
import { startWorld, type World } from "../support/world.ts";

/** One after the other, the thirty reports would hang for minutes: each delivery may take 10 s. */
const REPORTS = 30;
const PATIENCE_MS = 20_000;

let world: World;
let hanging: RecordingCollector;
let healthy: RecordingCollector;

beforeAll(async () => {
  world = await startWorld();
  hanging = await startRecordingCollector(SECRET, () => new Promise(() => {})); // never answers
  healthy = await startRecordingCollector(SECRET);
  for (const [name, { url }] of Object.entries({ hanging, healthy })) {
    await world.services.collectorStore.put(webhookTo(url, { name }));
  }
});
afterAll(async () => {
  await hanging.close(); // ends what hangs, so that the world need not wait for it
  await world.stop();
  await healthy.close();
});

test("while one collector hangs, another gets every event", async () => {
  const taskIds: string[] = [];
  for (let index = 0; index < REPORTS; index++) {
    const { reportProfilingTask } = ContinuousProfilingService.method;
    taskIds.push(taskIdIn(await world.grpc.call(reportProfilingTask, goodReport(`service ${index}`))));
  }
  await Promise.all(
    taskIds.map((taskId) => healthy.waitFor(({ headers }) => headers["webhook-id"] === taskId, PATIENCE_MS)),
  );
  expect(new Set(healthy.received.map(({ headers }) => headers["webhook-id"]))).toEqual(new Set(taskIds));
  expect(hanging.received.length).toBeGreaterThan(0);
});
