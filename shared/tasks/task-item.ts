import { fromJson, type JsonValue, toJson } from "@bufbuild/protobuf";
import { timestampMs } from "@bufbuild/protobuf/wkt";
import { expiresAt } from "../aws/expires-at.ts";
import { type Deliveries, readDeliveries } from "../deliveries/delivery.ts";
import { type ProfilingTask, ProfilingTaskSchema } from "../gen/flashpoint/v1/task_pb.js";

export interface TaskRecord {
  task: ProfilingTask;
  deliveries: Deliveries;
}

/** What is stored for a task. The item expires `retentionDays` after the report. */
export function writeTaskItem(
  { task, deliveries }: TaskRecord,
  { retentionDays, now }: { retentionDays: number; now: number },
): Record<string, unknown> {
  const reportedAt = task.reportedAt === undefined ? now : timestampMs(task.reportedAt);
  return {
    taskId: task.taskId,
    serviceName: task.serviceName,
    day: dayOf(reportedAt),
    task: storableNumbers(toJson(ProfilingTaskSchema, task)),
    deliveries,
    expiresAt: expiresAt(reportedAt, retentionDays),
  };
}

/** @returns undefined for an item that does not hold its task, which only a hand can have put there. */
export function readTaskItem(item: Record<string, unknown>): TaskRecord | undefined {
  try {
    const task = fromJson(ProfilingTaskSchema, item.task as JsonValue, { ignoreUnknownFields: true });
    if (task.taskId !== item.taskId) return undefined; // bytes, sets and blank maps pass for a task without fields
    return { task, deliveries: readDeliveries(item.deliveries) };
  } catch {
    return undefined;
  }
}

/** The day in UTC, for instance `2026-01-31`. */
export function dayOf(epochMs: number): string {
  return new Date(epochMs).toISOString().slice(0, 10);
}

/**
 * DynamoDB's numbers are smaller and shorter than an agent's doubles, and what it refuses could never be recorded. A
 * double may stand as text in protobuf JSON, so those that are no plain integer do.
 */
function storableNumbers(json: JsonValue): JsonValue {
  if (typeof json === "number") return Number.isSafeInteger(json) ? json : String(json);
  if (Array.isArray(json)) return json.map(storableNumbers);
  if (typeof json !== "object" || json === null) return json;
  return Object.fromEntries(Object.entries(json).map(([key, value]) => [key, storableNumbers(value)]));
}
