import { toJson } from "@bufbuild/protobuf";
import { timestampDate } from "@bufbuild/protobuf/wkt";
import { amountText, MONITOR_TEXTS } from "../../shared/diagnosis/monitor-text.ts";
import {
  MonitorType,
  type ProfilingTask,
  ProfilingTaskSchema,
  type TaskCause,
} from "../../shared/gen/flashpoint/v1/task_pb.js";
import { isMonitorType } from "../../shared/policies/policy.ts";
import type { TaskRecord } from "../../shared/tasks/task-item.ts";

/** A cause in words, for instance `process CPU 93 % ≥ 80 %`. */
export function causeText({ monitorType, current, threshold, uri }: TaskCause): string {
  const type = MonitorType[monitorType] ?? "";
  const { name, unit } = isMonitorType(type) ? MONITOR_TEXTS[type] : { name: "value", unit: "" };
  const where = uri.case === undefined ? "" : ` of ${uri.value}`;
  return `${name}${where} ${amountText(current, unit)} ≥ ${amountText(threshold, unit)}`;
}

export function reportedText(task: ProfilingTask): string {
  return task.reportedAt === undefined ? "-" : timestampDate(task.reportedAt).toISOString();
}

/** The shape that --json prints: the task as protobuf JSON, and its deliveries by collector. */
export function taskJson({ task, deliveries }: TaskRecord): object {
  return { ...(toJson(ProfilingTaskSchema, task) as object), deliveries };
}
