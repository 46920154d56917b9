import { create } from "@bufbuild/protobuf";
import { ProfilingTarget } from "../../gen/flashpoint/v1/task_pb.js";
import { type PushRequest, PushRequestSchema } from "../../gen/push/v1/push_pb.js";
import type { DeliveredEvent } from "../delivered-event.ts";

/** Pyroscope's default for `validation.max-length-label-value`, in bytes; above it a profile is refused. */
const MAX_LABEL_BYTES = 2_048;

/** `name` is the first part of what Pyroscope lists as the profile's type, for instance process_cpu:cpu:nanoseconds:… */
const SERIES: Partial<Record<ProfilingTarget, { name: string; target: string }>> = {
  [ProfilingTarget.ON_CPU]: { name: "process_cpu", target: "ON_CPU" },
  [ProfilingTarget.OFF_CPU]: { name: "off_cpu", target: "OFF_CPU" },
};

/**
 * One profile as Pyroscope takes it.
 * @param pprof its file.
 * @returns undefined if it is of a target that Pyroscope has no type for.
 */
export function pushRequest(
  { task, profile }: Pick<Extract<DeliveredEvent, { case: "profileCollected" }>, "task" | "profile">,
  pprof: Uint8Array,
): PushRequest | undefined {
  const series = SERIES[profile.target];
  if (series === undefined) return undefined;
  const labels = {
    __name__: series.name,
    instance: task.instanceName,
    process: task.processName,
    service_name: task.serviceName,
    target: series.target,
  };
  return create(PushRequestSchema, {
    series: [
      {
        labels: Object.entries(labels).flatMap(([name, text]) => {
          const value = labelValue(text);
          return value.trim() === "" ? [] : [{ name, value }]; // a blank one would be refused
        }),
        samples: [{ rawProfile: pprof, ID: profile.profileId }],
      },
    ],
  });
}

/** Well-formed and short enough, without half a character at the end. */
function labelValue(text: string): string {
  const bytes = new TextEncoder().encode(text);
  return new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes.subarray(0, MAX_LABEL_BYTES), { stream: true });
}
