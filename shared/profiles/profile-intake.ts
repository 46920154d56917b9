import { promisify } from "node:util";
import { gzip } from "node:zlib";
import { create } from "@bufbuild/protobuf";
import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import { v7 as uuidv7 } from "uuid";
import { InvalidInput, LimitExceeded, Unavailable } from "../errors.ts";
import type { EBPFProfilingData, EBPFProfilingTaskMetadata } from "../gen/ebpf/profiling/Profile_pb.js";
import { type CollectedProfile, CollectedProfileSchema } from "../gen/flashpoint/v1/profile_pb.js";
import { ProfilingTarget } from "../gen/flashpoint/v1/task_pb.js";
import type { Logger } from "../log.ts";
import type { Metrics } from "../metrics.ts";
import type { TaskNameLookup, TaskNames } from "../tasks/task-names.ts";
import type { TaskQueue } from "../tasks/task-queue.ts";
import { objectKey } from "./object-key.ts";
import { createPprofBuilder, type PprofBuilder } from "./pprof-builder.ts";
import type { ProfileStorage } from "./profile-storage.ts";
import { readSamples, type StackSample } from "./stack-samples.ts";

/**
 * Takes one stream of stacks. Returns once every profile of the stream lies in the bucket and is on the tasks queue.
 * @throws InvalidInput for a stream that starts without a task, or values that cannot be.
 * @throws LimitExceeded for more than MAX_PROFILES in one stream.
 * @throws Unavailable if S3 or SQS did not take it.
 * @throws whatever the stream throws, for instance that it was cancelled.
 * Nothing of a stream is announced if it throws before its end.
 */
export type CollectProfiles = (stream: AsyncIterable<EBPFProfilingData>) => Promise<void>;

/**
 * A profile that holds more memory than this is cut: what came so far becomes a profile, and the rest goes into
 * another. So a stream holds this much, the same again while it is encoded, and what waits in its connection.
 */
export const MAX_PROFILE_HEAP_BYTES = 8 * 1_024 * 1_024;
/** The same for all streams together: above it, every profile is cut that is worth it. */
const MAX_TOTAL_HEAP_BYTES = 96 * 1_024 * 1_024;
const LEAST_CUT_BYTES = 512 * 1_024;
/** Most profiles of one stream; an agent sends one or two. */
const MAX_PROFILES = 1_000;

/** The profile that samples go into at the moment. */
interface OpenProfile {
  task: EBPFProfilingTaskMetadata;
  target: StackSample["target"];
  /** Whether the task is one of ours. */
  isKnown: boolean;
  builder: PprofBuilder;
}

const compress = promisify(gzip);

export function createProfileIntake(options: {
  storage: Pick<ProfileStorage, "put" | "delete">;
  taskNames: Pick<TaskNameLookup, "find">;
  /** What is known of a process by its id, for tasks that are not. */
  processNames: (processId: string) => TaskNames | undefined;
  taskQueue: Pick<TaskQueue, "sendProfiles">;
  /** CPU time that one ON_CPU sample stands for. */
  periodNanos: number;
  log: Logger;
  metrics: Metrics;
  now?: () => number;
}): CollectProfiles {
  const { storage, taskNames, processNames, taskQueue, periodNanos, log, metrics, now = Date.now } = options;
  let totalHeapBytes = 0;

  async function begin({ task, target }: StackSample): Promise<OpenProfile> {
    const { taskId, processId, currentTime } = task;
    const known = await namesOf(taskId);
    const names = known ?? processNames(processId);
    const { serviceName: service = "", instanceName: instance = "", processName = "" } = names ?? {};
    const labels = { service, instance, process: processName, process_id: processId, task: taskId };
    const flushedAt = Number(currentTime) || now();
    const builder = createPprofBuilder({ target, periodNanos, flushedAt, processName, labels });
    return { task, target, isKnown: known !== undefined, builder };
  }

  async function namesOf(taskId: string): Promise<TaskNames | undefined> {
    try {
      return await taskNames.find(taskId);
    } catch (error) {
      // An agent sends its stacks once: they are kept all the same, and the dispatcher finds their task.
      if (!(error instanceof Unavailable)) throw error;
      log.debug({ taskId, err: error }, "a profile comes in while its task cannot be looked up");
      return undefined;
    }
  }

  function add({ builder }: OpenProfile, { stacks, count, nanos }: StackSample): void {
    const before = builder.heapBytes;
    try {
      builder.add(stacks, count, nanos);
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      throw new InvalidInput("stream", [{ path: "", problem: error.message }]);
    } finally {
      totalHeapBytes += builder.heapBytes - before;
    }
  }

  function isTooLarge({ builder: { heapBytes } }: OpenProfile): boolean {
    if (heapBytes > MAX_PROFILE_HEAP_BYTES) return true;
    return totalHeapBytes > MAX_TOTAL_HEAP_BYTES && heapBytes > LEAST_CUT_BYTES;
  }

  /** Puts a finished profile into the bucket. */
  async function keep({ task, target, isKnown, builder }: OpenProfile): Promise<CollectedProfile> {
    const collectedAt = now();
    const profileId = uuidv7({ msecs: collectedAt });
    const file = await compress(await builder.build().encodeAsync());
    const key = objectKey({ taskId: task.taskId, profileId, isKnown });
    await storage.put(key, file);
    return create(CollectedProfileSchema, {
      profileId,
      taskId: task.taskId,
      processId: task.processId,
      target: ProfilingTarget[target],
      ...(task.profilingStartTime > 0n && { startedAt: timestampFromMs(Number(task.profilingStartTime)) }),
      ...(task.currentTime > 0n && { flushedAt: timestampFromMs(Number(task.currentTime)) }),
      collectedAt: timestampFromMs(collectedAt),
      objectKey: key,
      objectBytes: BigInt(file.byteLength),
      sampleCount: builder.sampleCount,
      totalNanos: builder.totalNanos,
    });
  }

  /** Takes back what a stream left in the bucket that did not come to its end. */
  async function discard(profiles: readonly CollectedProfile[]): Promise<void> {
    try {
      await storage.delete(profiles.map(({ objectKey }) => objectKey));
    } catch (error) {
      const files = profiles.length;
      log.warn({ files, err: error }, "files of a broken stream could not be deleted; they expire by themselves");
    }
  }

  return async (stream) => {
    const kept: CollectedProfile[] = [];
    let open: OpenProfile | undefined;

    async function finish(): Promise<void> {
      if (open === undefined) return;
      if (kept.length === MAX_PROFILES) throw new LimitExceeded(`a stream holds at most ${MAX_PROFILES} profiles`);
      kept.push(await keep(open));
      totalHeapBytes -= open.builder.heapBytes;
      open = undefined;
    }

    try {
      for await (const sample of readSamples(stream)) {
        if (open?.task !== sample.task || open.target !== sample.target) await finish();
        open ??= await begin(sample);
        add(open, sample);
        if (isTooLarge(open)) await finish();
      }
      await finish();
    } catch (error) {
      totalHeapBytes -= open?.builder.heapBytes ?? 0;
      await discard(kept);
      throw error;
    }
    // From here on nothing is taken back: what looks like a failure may have gone out.
    if (kept.length > 0) await taskQueue.sendProfiles(kept);
    for (const { target } of kept) metrics.count("profiles_collected_total", { target: ProfilingTarget[target] ?? "" });
  };
}
