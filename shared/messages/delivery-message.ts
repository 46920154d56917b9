import { type DeliveryMessage, DeliveryMessageSchema } from "../gen/flashpoint/v1/queue_pb.js";
import { readQueueMessage, writeQueueMessage } from "./queue-message.ts";

/** What is delivered: a reported task, or a profile with its task. */
export type DeliverableEvent = Exclude<DeliveryMessage["event"], { case: undefined }>;

/**
 * The message that carries an event to one collector. The event's id, the same over all attempts, is that of the task or
 * of the profile.
 * @throws if the event holds no profile.
 */
export function writeDeliveryMessage(event: DeliverableEvent, collector: string): string {
  const eventId = event.case === "taskReported" ? event.value.taskId : event.value.profile?.profileId;
  if (eventId === undefined) throw new Error("event holds no profile");
  return writeQueueMessage(DeliveryMessageSchema, { collector, eventId, event });
}

/** @throws if the body is no delivery message, or one of a version that this code does not know. */
export function readDeliveryMessage(body: string): DeliveryMessage {
  return readQueueMessage(DeliveryMessageSchema, body);
}
