import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type RecordingCollector, startRecordingCollector } from "../../server/demo/recording-collector.ts";
import { ContinuousProfilingService } from "../../shared/gen/ebpf/profiling/Continuous_pb.js";
import { EBPFProfilingService } from "../../shared/gen/ebpf/profiling/Profile_pb.js";
import { SECRET, webhookTo } from "../support/collectors.ts";
import { goodReport, taskIdIn } from "../support/policies.ts";
import { flushOf, onCpu } from "../support/stacks.ts";
import { type StillWorld, startStillWorld } from "../support/still-world.ts";
import { type SwitchableProxy, startSwitchableProxy } from "../support/switchable-proxy.ts";

let world: StillWorld;
let s3: SwitchableProxy;
let collector: RecordingCollector;

beforeAll(async () => {
  world = await startStillWorld({ FLASHPOINT_RETRY_SCHEDULE: "1,1" }, async ({ sqs }) => {
    s3 = await startSwitchableProxy(sqs.port);
    return { s3Endpoint: `http://127.0.0.1:${s3.port}` };
  });
  collector = await startRecordingCollector(SECRET);
  await world.services.collectorStore.put(webhookTo(collector.url, { name: "hook", events: ["profiles"] }));
});
afterAll(async () => {
  await world.stop();
  await s3.close();
  await collector.close();
});

/** A profile on its way. */
async function pendingDelivery(): Promise<{ taskId: string; delivery: string }> {
  const report = world.grpc.call(ContinuousProfilingService.method.reportProfilingTask, goodReport());
  const taskId = taskIdIn(await report);
  await world.grpc.stream(EBPFProfilingService.method.collectProfilingData, flushOf(taskId, [onCpu(1, "main")]));
  expect(await world.handle("tasks", await world.take("tasks", 2))).toEqual([]);
  const [delivery = ""] = await world.take("deliveries", 1);
  return { taskId, delivery };
}

const hookOf = async (taskId: string) => (await world.services.profileStore.list(taskId))[0]?.deliveries.hook;

describe.each(["refuse", "hang"] as const)("while connections to S3 %s", (mode) => {
  it("a profile's delivery stays queued, and its record says why; later it is delivered", async () => {
    const { taskId, delivery } = await pendingDelivery();
    s3.set(mode);
    expect(await world.handle("deliveries", [delivery])).toEqual([0]);
    const waiting = await hookOf(taskId);
    expect(waiting).toMatchObject({ status: "retrying", attempts: 1, lastError: expect.stringContaining("S3") });
    s3.set("pass");
    expect(await world.handle("deliveries", [delivery])).toEqual([]);
    expect(await hookOf(taskId)).toMatchObject({ status: "delivered", attempts: 2 });
    expect(await world.counted('flashpoint_delivery_attempts_total{collector="hook",outcome="retry"')).toBeGreaterThan(
      0,
    );
    // What S3 does is not the collector's fault.
    const health = (await world.services.collectorStore.get("hook"))?.health;
    expect(health).toEqual({});
  });
});
