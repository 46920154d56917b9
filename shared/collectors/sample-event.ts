import { gzipSync } from "node:zlib";
import { create } from "@bufbuild/protobuf";
import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import { v7 as uuidv7 } from "uuid";
import { EBPFProfilingStackMetadataSchema, EBPFProfilingStackType } from "../gen/ebpf/profiling/Profile_pb.js";
import { CollectedProfileSchema } from "../gen/flashpoint/v1/profile_pb.js";
import { MonitorType, ProfilingTarget, ProfilingTaskSchema } from "../gen/flashpoint/v1/task_pb.js";
import { createPprofBuilder } from "../profiles/pprof-builder.ts";
import type { DeliveredEvent } from "./delivered-event.ts";

/** The service of what a collector gets to try it out. */
export const SAMPLE_SERVICE = "flashpoint-test";

const PERIOD_NANOS = 9_000_000;

/** A task that no agent reported, to try out a collector. */
export function sampleTaskReported(now = Date.now()): Extract<DeliveredEvent, { case: "taskReported" }> {
  const taskId = uuidv7({ msecs: now });
  const task = create(ProfilingTaskSchema, {
    taskId,
    layer: "OS_LINUX",
    serviceName: SAMPLE_SERVICE,
    instanceName: SAMPLE_SERVICE,
    processName: SAMPLE_SERVICE,
    target: ProfilingTarget.ON_CPU,
    causes: [{ monitorType: MonitorType.PROCESS_CPU, threshold: 80, current: 93 }],
    durationSeconds: 600,
    reportedAt: timestampFromMs(now),
  });
  return { case: "taskReported", id: taskId, task };
}

/** One sample of a profile that nobody took, to try out a collector. There is no link to its file. */
export function sampleProfileCollected(now = Date.now()): Extract<DeliveredEvent, { case: "profileCollected" }> {
  const { task } = sampleTaskReported(now);
  const builder = createPprofBuilder({ target: "ON_CPU", periodNanos: PERIOD_NANOS });
  const stack = create(EBPFProfilingStackMetadataSchema, {
    stackType: EBPFProfilingStackType.PROCESS_USER_SPACE,
    stackSymbols: [SAMPLE_SERVICE],
  });
  builder.add([stack], 1);
  const pprof = gzipSync(builder.build({ flushedAt: now, processName: SAMPLE_SERVICE, labels: {} }).encode());
  const profile = create(CollectedProfileSchema, {
    profileId: uuidv7({ msecs: now }),
    taskId: task.taskId,
    target: ProfilingTarget.ON_CPU,
    startedAt: timestampFromMs(now),
    flushedAt: timestampFromMs(now),
    collectedAt: timestampFromMs(now),
    objectBytes: BigInt(pprof.length),
    sampleCount: builder.sampleCount,
    totalNanos: builder.totalNanos,
  });
  return {
    case: "profileCollected",
    id: profile.profileId,
    task,
    profile,
    file: { read: async () => pprof, link: async () => ({ url: "", expiresAt: now }) },
  };
}
