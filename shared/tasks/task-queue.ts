import { create, fromJsonString, toJsonString } from "@bufbuild/protobuf";
import type { Queue } from "../aws/queue.ts";
import { LimitExceeded } from "../errors.ts";
import {
  type DeliveryMessage,
  DeliveryMessageSchema,
  type TaskMessage,
  TaskMessageSchema,
} from "../gen/flashpoint/v1/queue_pb.js";
import type { ProfilingTask } from "../gen/flashpoint/v1/task_pb.js";

/** Version of the messages that this code writes, and the newest that it reads. */
const MESSAGE_VERSION = 1;
/** SQS takes 256 KiB everywhere and DynamoDB items of 400 KB; the task travels inside both. */
export const MAX_TASK_MESSAGE_BYTES = 200 * 1_024;

/** Puts an accepted report on the tasks queue: from then on it is safe. */
export interface TaskQueue {
  /**
   * @throws LimitExceeded if the task is too large to travel.
   * @throws Unavailable if SQS did not take it.
   */
  send(task: ProfilingTask): Promise<void>;
}

export function createTaskQueue(queue: Queue): TaskQueue {
  return {
    async send(task) {
      const message = create(TaskMessageSchema, {
        version: MESSAGE_VERSION,
        event: { case: "taskReported", value: task },
      });
      const body = toJsonString(TaskMessageSchema, message);
      const bytes = Buffer.byteLength(body);
      if (bytes > MAX_TASK_MESSAGE_BYTES) {
        throw new LimitExceeded(`report is too large: ${bytes} bytes as a message, at most ${MAX_TASK_MESSAGE_BYTES}`);
      }
      await queue.send(body);
    },
  };
}

/** @throws if the body is no task message, or one of a version that this code does not know. */
export function readTaskMessage(body: string): TaskMessage {
  return known(fromJsonString(TaskMessageSchema, body, { ignoreUnknownFields: true }));
}

/** The message that carries a reported task to one collector. The task's id is the event's: the same over all attempts. */
export function writeDeliveryMessage(task: ProfilingTask, collector: string): string {
  return toJsonString(
    DeliveryMessageSchema,
    create(DeliveryMessageSchema, {
      version: MESSAGE_VERSION,
      collector,
      eventId: task.taskId,
      event: { case: "taskReported", value: task },
    }),
  );
}

/** @throws if the body is no delivery message, or one of a version that this code does not know. */
export function readDeliveryMessage(body: string): DeliveryMessage {
  return known(fromJsonString(DeliveryMessageSchema, body, { ignoreUnknownFields: true }));
}

function known<M extends TaskMessage | DeliveryMessage>(message: M): M {
  if (message.version !== MESSAGE_VERSION)
    throw new Error(`message has version ${message.version}, not ${MESSAGE_VERSION}`);
  if (message.event.case === undefined) throw new Error("message carries no event");
  return message;
}
