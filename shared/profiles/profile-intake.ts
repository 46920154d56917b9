import { setTimeout as delay } from "node:timers/promises";
import { promisify } from "node:util";
import { gzip } from "node:zlib";
import { create } from "@bufbuild/protobuf";
import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import { v7 as uuidv7 } from "uuid";
import type { Caller } from "../access/caller.ts";
import type { ScopeFilter } from "../access/scope-filter.ts";
import { withinTime } from "../aws/deadline.ts";
import { InvalidInput, LimitExceeded, PermissionDenied } from "../errors.ts";
import type { EBPFProfilingData, EBPFProfilingTaskMetadata } from "../gen/ebpf/profiling/Profile_pb.js";
import { type CollectedProfile, CollectedProfileSchema } from "../gen/flashpoint/v1/profile_pb.js";
import { ProfilingTarget } from "../gen/flashpoint/v1/task_pb.js";
import type { Logger } from "../log.ts";
import type { Metrics } from "../metrics.ts";
import type { TaskNameLookup, TaskNames } from "../tasks/task-names.ts";
import type { TaskQueue } from "../tasks/task-queue.ts";
import { objectKey } from "./object-key.ts";
import { createPprofBuilder, type PprofBuilder } from "./pprof-builder.ts";
import type { ProfileWriter } from "./profile-writer.ts";
import { readSamples, type StackSample } from "./stack-samples.ts";

/**
 * Takes one stream of stacks. Returns once every profile of the stream lies in the bucket and is on the tasks queue.
 * @throws PermissionDenied for a task of a service that the caller may not speak for. Where the task is not known yet, the
 * dispatcher judges that once it is.
 * @throws InvalidInput for a stream that starts without a task, or values that cannot be.
 * @throws LimitExceeded for more than MAX_PROFILES in one stream, or while all streams together hold too much.
 * @throws Unavailable if S3 or SQS did not take it in time.
 * @throws whatever the stream throws, for instance that it was cancelled.
 * Nothing of a stream is announced if it throws before its end.
 */
export type CollectProfiles = (stream: AsyncIterable<EBPFProfilingData>, caller: Caller) => Promise<void>;

/**
 * A profile that holds more memory than this is cut: what came so far becomes a profile, and the rest goes into
 * another. So a stream holds this much, the same again while it is encoded, and what waits in its connection.
 */
const MAX_PROFILE_HEAP_BYTES = 8 * 1_024 * 1_024;
/** The same for all streams together: above it, every profile is cut that is worth it, and no more is taken. */
const MAX_TOTAL_HEAP_BYTES = 96 * 1_024 * 1_024;
const LEAST_CUT_BYTES = 64 * 1_024;
/** How long the names of a task are waited for; a profile is kept without them all the same. */
const NAMES_MS = 400;
/** How long an agent waits for its answer once it has sent everything. */
const CLOSING_MS = 2_800;
/** Most profiles of one stream; an agent sends one or two. */
const MAX_PROFILES = 1_000;

/** The profile that samples go into at the moment. */
interface OpenProfile {
  task: EBPFProfilingTaskMetadata;
  target: StackSample["target"];
  /** What is known of the task; asked for when its first sample comes. Never rejects. */
  names: Promise<TaskNames | undefined>;
  builder: PprofBuilder;
}

const compress = promisify(gzip);

export function createProfileIntake(options: {
  storage: ProfileWriter;
  taskNames: Pick<TaskNameLookup, "find">;
  /** What is known of a process by its id, for tasks that are not. */
  processNames: (processId: string) => TaskNames | undefined;
  taskQueue: Pick<TaskQueue, "sendProfiles">;
  scopeFilter: ScopeFilter;
  /** CPU time that one ON_CPU sample stands for. */
  periodNanos: number;
  log: Logger;
  metrics: Metrics;
  now?: () => number;
}): CollectProfiles {
  const {
    storage,
    taskNames,
    processNames,
    taskQueue,
    scopeFilter,
    periodNanos,
    log,
    metrics,
    now = Date.now,
  } = options;
  let totalHeapBytes = 0;

  function begin({ task, target }: StackSample): OpenProfile {
    return { task, target, names: namesOf(task.taskId), builder: createPprofBuilder({ target, periodNanos }) };
  }

  /** An agent sends its stacks once: they are kept with or without names, and the dispatcher finds their task. */
  async function namesOf(taskId: string): Promise<TaskNames | undefined> {
    const late = delay(NAMES_MS, undefined, { ref: false });
    try {
      return await Promise.race([taskNames.find(taskId), late]);
    } catch (error) {
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

  function assertAllowed(caller: Caller, serviceName: string): void {
    if (scopeFilter.allows(caller, "collectProfilingData", serviceName)) return;
    throw new PermissionDenied(`this token may not upload profiles of service ${serviceName}`);
  }

  /** Puts a finished profile into the bucket, under a key that `onKey` hears of first. */
  async function keep(
    { task, target, names, builder }: OpenProfile,
    caller: Caller,
    place: number,
    onKey: (key: string) => void,
  ): Promise<CollectedProfile> {
    const { taskId, processId, currentTime } = task;
    const known = await names;
    if (known !== undefined) assertAllowed(caller, known.serviceName);
    const { serviceName = "", instanceName = "", processName = "" } = known ?? processNames(processId) ?? {};
    const labels = {
      service: serviceName,
      instance: instanceName,
      process: processName,
      process_id: processId,
      task: taskId,
    };
    const collectedAt = now();
    const profile = builder.build({ flushedAt: Number(currentTime) || collectedAt, processName, labels });
    const file = await compress(await profile.encodeAsync());
    const profileId = uuidv7({ msecs: collectedAt, seq: place }); // in the order of the stream
    const key = objectKey({ taskId, profileId, isKnown: known !== undefined });
    onKey(key);
    await storage.put(key, file);
    return create(CollectedProfileSchema, {
      profileId,
      taskId,
      processId,
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

  /** Takes back what a stream left in the bucket that was refused. */
  async function discard(keys: readonly string[]): Promise<void> {
    try {
      await storage.delete(keys);
    } catch (error) {
      const files = keys.length;
      log.warn({ files, err: error }, "files of a broken stream could not be deleted; they expire by themselves");
    }
  }

  return async (stream, caller) => {
    if (caller?.services?.length === 0) throw new PermissionDenied("this token may speak for no service");
    const keys: string[] = [];
    const kept: CollectedProfile[] = [];
    let open: OpenProfile | undefined;
    let isAnnounced = false;

    async function finish(): Promise<void> {
      if (open === undefined) return;
      const finished = open;
      open = undefined;
      try {
        if (kept.length === MAX_PROFILES) throw new LimitExceeded(`a stream holds at most ${MAX_PROFILES} profiles`);
        kept.push(await keep(finished, caller, kept.length, (key) => keys.push(key)));
      } finally {
        totalHeapBytes -= finished.builder.heapBytes;
      }
    }

    try {
      for await (const sample of readSamples(stream)) {
        if (open?.task !== sample.task || open.target !== sample.target) await finish();
        open ??= begin(sample);
        add(open, sample);
        if (isTooLarge(open)) await finish();
        else if (totalHeapBytes > MAX_TOTAL_HEAP_BYTES) throw new LimitExceeded("too many streams at once; try again");
      }
      await withinTime("keeping the profile", CLOSING_MS, async (signal) => {
        await finish();
        signal.throwIfAborted(); // the agent has been told that nothing was taken
        isAnnounced = true;
        if (kept.length > 0) await taskQueue.sendProfiles(kept, caller?.services);
      });
    } catch (error) {
      totalHeapBytes -= open?.builder.heapBytes ?? 0;
      // What was announced is not taken back, since what looks like a failure may have gone out. Nobody waits for the rest.
      if (!isAnnounced && keys.length > 0) void discard(keys);
      throw error;
    }
    for (const { target } of kept) metrics.count("profiles_collected_total", { target: ProfilingTarget[target] ?? "" });
  };
}
