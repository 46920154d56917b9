import type { Scope } from "../access/scope.ts";
import { type TaskMessage, TaskMessageSchema } from "../gen/flashpoint/v1/queue_pb.js";
import { readQueueMessage, writeQueueMessage } from "./queue-message.ts";

/** The message that carries what an agent sent to the dispatcher, and for which services its agent may speak. */
export function writeTaskMessage(event: TaskMessage["event"], scope?: Scope): string {
  return writeQueueMessage(TaskMessageSchema, { event, ...(scope !== undefined && { senderScope: [...scope] }) });
}

/** @throws if the body is no task message, or one of a version that this code does not know. */
export function readTaskMessage(body: string): TaskMessage {
  return readQueueMessage(TaskMessageSchema, body);
}
