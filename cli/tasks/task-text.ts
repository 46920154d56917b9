import { toJson } from "@bufbuild/protobuf";
import { timestampDate } from "@bufbuild/protobuf/wkt";
import {
  MonitorType,
  type ProfilingTask,
  ProfilingTaskSchema,
  type TaskCause,
} from "../../shared/gen/flashpoint/v1/task_pb.js";
import type { TaskRecord } from "../../shared/tasks/task-item.ts";

const VALUES: Record<MonitorType, { name: string; unit: string }> = {
  [MonitorType.UNSPECIFIED]: { name: "value", unit: "" },
  [MonitorType.PROCESS_CPU]: { name: "process CPU", unit: " %" },
  [MonitorType.PROCESS_THREAD_COUNT]: { name: "threads", unit: "" },
  [MonitorType.SYSTEM_LOAD]: { name: "system load", unit: "" },
  [MonitorType.HTTP_ERROR_RATE]: { name: "HTTP errors", unit: " %" },
  [MonitorType.HTTP_AVG_RESPONSE_TIME]: { name: "HTTP response time", unit: " ms" },
};

/** A cause in words, for instance `process CPU 93 % ≥ 80 %`. */
export function causeText({ monitorType, current, threshold, uri }: TaskCause): string {
  const { name, unit } = VALUES[monitorType] ?? VALUES[MonitorType.UNSPECIFIED];
  const where = uri.case === undefined ? "" : ` of ${uri.value}`;
  return `${name}${where} ${rounded(current)}${unit} ≥ ${rounded(threshold)}${unit}`;
}

export function reportedText(task: ProfilingTask): string {
  return task.reportedAt === undefined ? "-" : timestampDate(task.reportedAt).toISOString();
}

/** The shape that --json prints: the task as protobuf JSON, and its deliveries by collector. */
export function taskJson({ task, deliveries }: TaskRecord): object {
  return { ...(toJson(ProfilingTaskSchema, task) as object), deliveries };
}

function rounded(value: number): string {
  return Number.isFinite(value) ? String(Math.round(value * 100) / 100) : String(value);
}
