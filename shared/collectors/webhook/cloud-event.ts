import { type JsonValue, toJson } from "@bufbuild/protobuf";
import { type Timestamp, timestampDate } from "@bufbuild/protobuf/wkt";
import { type DeliveredProfile, DeliveredProfileSchema } from "../../gen/flashpoint/v1/profile_pb.js";
import { type ProfilingTask, ProfilingTaskSchema } from "../../gen/flashpoint/v1/task_pb.js";

/** CloudEvents type of a reported task; `data` is a `flashpoint.v1.ProfilingTask` as protobuf JSON. */
export const TASK_REPORTED = "flashpoint.task.reported.v1";
/** CloudEvents type of a collected profile; `data` is a `flashpoint.v1.DeliveredProfile` as protobuf JSON. */
export const PROFILE_COLLECTED = "flashpoint.profile.collected.v1";

/** CloudEvents type of what somebody sends to try a collector out; `data` holds a `message` for people. */
export const TEST = "flashpoint.test.v1";

/** A CloudEvent 1.0 in JSON event format (cloudevents spec v1.0.2, JSON format §2 and §3). */
export interface CloudEvent {
  specversion: "1.0";
  /** Unique within `source`, the same over all attempts to deliver. */
  id: string;
  source: string;
  type: string;
  /** The service; of a test, the collector. */
  subject: string;
  /** When it happened; RFC 3339. */
  time: string;
  datacontenttype: "application/json";
  data: JsonValue;
}

interface Origin {
  id: string;
  stack: string;
}

export function taskReportedEvent(task: ProfilingTask, origin: Origin): CloudEvent {
  const data = toJson(ProfilingTaskSchema, task);
  return cloudEvent(origin, { type: TASK_REPORTED, subject: task.serviceName, at: task.reportedAt, data });
}

export function profileCollectedEvent(delivered: DeliveredProfile, origin: Origin): CloudEvent {
  const { task, profile } = delivered;
  const data = toJson(DeliveredProfileSchema, delivered);
  return cloudEvent(origin, {
    type: PROFILE_COLLECTED,
    subject: task?.serviceName ?? "",
    at: profile?.collectedAt,
    data,
  });
}

/** An event that stands for nothing; its receiver should answer as it answers others. */
export function testEvent({ collector, at }: { collector: string; at: Timestamp }, origin: Origin): CloudEvent {
  const data = { message: "This is a test of the collector. There is nothing to do." };
  return cloudEvent(origin, { type: TEST, subject: collector, at, data });
}

function cloudEvent(
  { id, stack }: Origin,
  { type, subject, at, data }: { type: string; subject: string; at: Timestamp | undefined; data: JsonValue },
): CloudEvent {
  const time = (at === undefined ? new Date(0) : timestampDate(at)).toISOString();
  return {
    specversion: "1.0",
    id,
    source: `/flashpoint/${stack}`,
    type,
    subject,
    time,
    datacontenttype: "application/json",
    data,
  };
}
