import { afterAll, beforeAll, expect, it } from "vitest";
import { stacksOf, type Variety } from "../../bench/stacks.ts";
import { type RecordingCollector, startRecordingCollector } from "../../server/demo/recording-collector.ts";
import { ContinuousProfilingService } from "../../shared/gen/ebpf/profiling/Continuous_pb.js";
import { EBPFProfilingService } from "../../shared/gen/ebpf/profiling/Profile_pb.js";
import { SECRET, webhookTo } from "../support/collectors.ts";
import { goodReport, taskIdIn } from "../support/policies.ts";
import { readPprof, totalsOf } from "../support/pprof-file.ts";
import { until } from "../support/until.ts";
import { startWorld, type World } from "../support/world.ts";

const MEBIBYTE = 1_024 * 1_024;
const PATIENCE_MS = 60_000;
const PERIOD_NANOS = 9_000_000n;

let world: World;
let collector: RecordingCollector;

beforeAll(async () => {
  world = await startWorld();
  collector = await startRecordingCollector(SECRET);
  await world.services.collectorStore.put(webhookTo(collector.url, { name: "hook", events: ["profiles"] }));
});
afterAll(async () => {
  await world.stop();
  await collector.close();
});

/** The profile events of a task that have arrived, each once. */
function arrived(taskId: string): { sampleCount: bigint; downloadUrl: string }[] {
  const events = collector.received
    .map(({ body }) => JSON.parse(body))
    .filter(({ data }) => data.task.taskId === taskId);
  return [...new Map(events.map(({ id, data }) => [id, data])).values()].map(({ profile, downloadUrl }) => ({
    sampleCount: BigInt(profile.sampleCount),
    downloadUrl,
  }));
}

it.each<[number, Variety]>([
  [1, "typical"],
  [20, "typical"],
  [100, "typical"],
  [20, "all different"],
])(
  "%i MiB of stacks in one stream, %s: every sample reaches the collector",
  { timeout: 120_000 },
  async (size, variety) => {
    const { reportProfilingTask } = ContinuousProfilingService.method;
    const taskId = taskIdIn(await world.grpc.call(reportProfilingTask, goodReport()));
    const stacks = stacksOf(taskId, size * MEBIBYTE, variety);
    await world.grpc.stream(EBPFProfilingService.method.collectProfilingData, stacks.messages, {
      timeoutMs: PATIENCE_MS,
    });
    const sent = BigInt(stacks.sampleCount);
    expect(sent).toBeGreaterThan(0n);

    const profiles = await until(
      "all samples arrive",
      () => {
        const events = arrived(taskId);
        return events.reduce((sum, { sampleCount }) => sum + sampleCount, 0n) >= sent ? events : undefined;
      },
      PATIENCE_MS,
    );
    const totals = [0n, 0n];
    for (const { downloadUrl } of profiles) {
      const file = new Uint8Array(await (await fetch(downloadUrl)).arrayBuffer());
      totalsOf(readPprof(file)).forEach((total, index) => {
        totals[index] = (totals[index] ?? 0n) + total;
      });
    }
    expect(totals).toEqual([sent, sent * PERIOD_NANOS]);
  },
);
