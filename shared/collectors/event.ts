import type { JsonValue } from "@bufbuild/protobuf";
import { toJson } from "@bufbuild/protobuf";
import { timestampDate } from "@bufbuild/protobuf/wkt";
import { type ProfilingTask, ProfilingTaskSchema } from "../gen/flashpoint/v1/task_pb.js";

/** CloudEvents type of a reported task; `data` is a `flashpoint.v1.ProfilingTask` as protobuf JSON. */
export const TASK_REPORTED = "flashpoint.task.reported.v1";

/** A CloudEvent 1.0 in JSON event format (cloudevents spec v1.0.2, JSON format §2 and §3). */
export interface CloudEvent {
  specversion: "1.0";
  /** Unique within `source`, the same over all attempts to deliver. */
  id: string;
  source: string;
  type: string;
  /** The service. */
  subject: string;
  /** When it happened; RFC 3339. */
  time: string;
  datacontenttype: "application/json";
  data: JsonValue;
}

export function taskReportedEvent(task: ProfilingTask, { id, stack }: { id: string; stack: string }): CloudEvent {
  return {
    specversion: "1.0",
    id,
    source: `/flashpoint/${stack}`,
    type: TASK_REPORTED,
    subject: task.serviceName,
    time: (task.reportedAt === undefined ? new Date(0) : timestampDate(task.reportedAt)).toISOString(),
    datacontenttype: "application/json",
    data: toJson(ProfilingTaskSchema, task),
  };
}
