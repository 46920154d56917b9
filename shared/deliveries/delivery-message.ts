import { create, fromJsonString, type MessageInitShape, toJsonString } from "@bufbuild/protobuf";
import { type DeliveryMessage, DeliveryMessageSchema } from "../gen/flashpoint/v1/queue_pb.js";
import { knownMessage, MESSAGE_VERSION } from "../tasks/message-version.ts";

/** What is delivered: a reported task, or a profile with its task. */
export type DeliverableEvent = Exclude<DeliveryMessage["event"], { case: undefined }>;

/**
 * The id that collectors know an event by, the same over all attempts: that of the task or of the profile.
 * @throws if the event holds no profile.
 */
export function eventId(event: DeliverableEvent): string {
  const id = event.case === "taskReported" ? event.value.taskId : event.value.profile?.profileId;
  if (id === undefined) throw new Error("event holds no profile");
  return id;
}

/** The message that carries an event to one collector. */
export function writeDeliveryMessage(event: DeliverableEvent, collector: string): string {
  const message: MessageInitShape<typeof DeliveryMessageSchema> = {
    version: MESSAGE_VERSION,
    collector,
    eventId: eventId(event),
    event,
  };
  return toJsonString(DeliveryMessageSchema, create(DeliveryMessageSchema, message));
}

/** @throws if the body is no delivery message, or one of a version that this code does not know. */
export function readDeliveryMessage(body: string): DeliveryMessage {
  return knownMessage(fromJsonString(DeliveryMessageSchema, body, { ignoreUnknownFields: true }));
}
