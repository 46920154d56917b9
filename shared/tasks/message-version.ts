import type { DeliveryMessage, TaskMessage } from "../gen/flashpoint/v1/queue_pb.js";

/** Version of the messages that this code writes, and the newest that it reads. */
export const MESSAGE_VERSION = 1;

/** @throws if the message is of a version that this code does not know, or holds no event that it knows. */
export function knownMessage<M extends TaskMessage | DeliveryMessage>(message: M): M {
  if (message.version !== MESSAGE_VERSION)
    throw new Error(`message has version ${message.version}, not ${MESSAGE_VERSION}`);
  if (message.event.case === undefined) throw new Error("message carries no event");
  return message;
}
