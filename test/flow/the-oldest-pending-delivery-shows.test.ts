import { afterAll, beforeAll, expect, it } from "vitest";
import { type RecordingCollector, startRecordingCollector } from "../../server/demo/recording-collector.ts";
import { ContinuousProfilingService } from "../../shared/gen/ebpf/profiling/Continuous_pb.js";
import { SECRET, webhookTo } from "../support/collectors.ts";
import { goodReport } from "../support/policies.ts";
import { until } from "../support/until.ts";
import { startWorld, type World } from "../support/world.ts";

let world: World;
let collector: RecordingCollector;
let status = 503;

beforeAll(async () => {
  world = await startWorld({ FLASHPOINT_RETRY_SCHEDULE: "1,1,1,1,1,1,1,1,1,1" });
  collector = await startRecordingCollector(SECRET, () => ({ status }));
});
afterAll(async () => {
  await collector.close();
  await world.stop();
});

/** The value of a line of /metrics. */
async function shown(line: string): Promise<number | undefined> {
  const text = await (await fetch(`${world.httpUrl}/metrics`)).text();
  const found = text.split("\n").find((each) => each.startsWith(`${line} `));
  return found === undefined ? undefined : Number(found.split(" ")[1]);
}

it("while a collector does not take an event, /metrics shows how old it grows; then, how long it took", async () => {
  await world.services.collectorStore.put(webhookTo(collector.url, { name: "hook" }));
  const reportedAt = performance.now();
  await world.grpc.call(ContinuousProfilingService.method.reportProfilingTask, goodReport());
  const oldest = 'flashpoint_oldest_pending_delivery_seconds{collector="hook"}';
  const atLeastOne = async () => ((await shown(oldest)) ?? 0) >= 1 || undefined;
  await until("an age of a second", atLeastOne);
  expect(await shown(oldest)).toBeLessThanOrEqual((performance.now() - reportedAt) / 1_000);
  expect(await shown('flashpoint_delivery_seconds_count{collector="hook"}')).toBeUndefined();

  status = 204;
  await until("the end of the delivery", async () => ((await shown(oldest)) === undefined ? true : undefined));
  expect(await shown('flashpoint_delivery_seconds_count{collector="hook"}')).toBe(1);
  const took = (await shown('flashpoint_delivery_seconds_sum{collector="hook"}')) ?? 0;
  expect(took).toBeGreaterThanOrEqual(1);
  expect(took).toBeLessThanOrEqual((performance.now() - reportedAt) / 1_000);
});
