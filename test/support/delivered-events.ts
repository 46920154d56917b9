import { create, type MessageInitShape } from "@bufbuild/protobuf";
import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import type { DeliveredEvent, ProfileFile } from "../../shared/collectors/delivered-event.ts";
import { CollectedProfileSchema } from "../../shared/gen/flashpoint/v1/profile_pb.js";
import { ProfilingTarget, ProfilingTaskSchema } from "../../shared/gen/flashpoint/v1/task_pb.js";

export const TASK_ID = "01900000-0000-7000-8000-000000000001";
export const PROFILE_ID = "01900000-0000-7000-8000-000000000002";
/** 2026-02-03T04:05:06.789Z */
const REPORTED_AT = 1_770_091_506_789;
/** 2026-02-03T04:06:07.890Z */
const COLLECTED_AT = 1_770_091_567_890;

type TaskInit = MessageInitShape<typeof ProfilingTaskSchema>;
type ProfileInit = MessageInitShape<typeof CollectedProfileSchema>;

const taskOf = (init: TaskInit) =>
  create(ProfilingTaskSchema, {
    taskId: TASK_ID,
    layer: "OS_LINUX",
    serviceName: "checkout",
    instanceName: "pod-1",
    processName: "java",
    target: ProfilingTarget.ON_CPU,
    durationSeconds: 600,
    reportedAt: timestampFromMs(REPORTED_AT),
    ...init,
  });

export function taskReported(task: TaskInit = {}): Extract<DeliveredEvent, { case: "taskReported" }> {
  return { case: "taskReported", id: TASK_ID, task: taskOf(task) };
}

export function profileCollected(
  file: Partial<ProfileFile> & { bytes?: Uint8Array } = {},
  { task = {}, profile = {} }: { task?: TaskInit; profile?: ProfileInit } = {},
): Extract<DeliveredEvent, { case: "profileCollected" }> {
  const { bytes = new Uint8Array([1, 2, 3]) } = file;
  return {
    case: "profileCollected",
    id: PROFILE_ID,
    task: taskOf(task),
    profile: create(CollectedProfileSchema, {
      profileId: PROFILE_ID,
      taskId: TASK_ID,
      target: ProfilingTarget.ON_CPU,
      collectedAt: timestampFromMs(COLLECTED_AT),
      objectBytes: BigInt(bytes.length),
      ...profile,
    }),
    file: {
      read: async () => bytes,
      link: async () => ({ url: "http://127.0.0.1:9/profile", expiresAt: 0 }),
      ...file,
    },
  };
}
