import { create, type DescMessage, fromJsonString, type MessageInitShape, toJsonString } from "@bufbuild/protobuf";
import type {
  DeliveryMessage,
  DeliveryMessageSchema,
  TaskMessage,
  TaskMessageSchema,
} from "../gen/flashpoint/v1/queue_pb.js";

/** Version of the messages that this code writes, and the newest that it reads. */
const MESSAGE_VERSION = 1;

/**
 * SQS refuses U+FFFE and U+FFFF (SendMessage, "MessageBody"), and some emulators everything above. In JSON each of
 * them may stand as an escape.
 */
const UNSENDABLE = /[\u{fffe}-\u{10ffff}]/gu;

/** The body that carries a message: protobuf JSON, with its version. */
export function writeQueueMessage<S extends typeof TaskMessageSchema | typeof DeliveryMessageSchema>(
  schema: S,
  message: MessageInitShape<S>,
): string {
  const json = toJsonString<DescMessage>(schema, create<DescMessage>(schema, { ...message, version: MESSAGE_VERSION }));
  return json.replace(UNSENDABLE, (character) =>
    Array.from({ length: character.length }, (_, index) => escapeOf(character.charCodeAt(index))).join(""),
  );
}

/** @throws if the body is no such message, of a version that this code does not know, or without an event. */
export function readQueueMessage(schema: typeof TaskMessageSchema, body: string): TaskMessage;
export function readQueueMessage(schema: typeof DeliveryMessageSchema, body: string): DeliveryMessage;
export function readQueueMessage(
  schema: typeof TaskMessageSchema | typeof DeliveryMessageSchema,
  body: string,
): TaskMessage | DeliveryMessage {
  const message = fromJsonString<DescMessage>(schema, body, { ignoreUnknownFields: true }) as TaskMessage;
  if (message.version !== MESSAGE_VERSION)
    throw new Error(`message has version ${message.version}, not ${MESSAGE_VERSION}`);
  if (message.event.case === undefined) throw new Error("message carries no event");
  return message;
}

function escapeOf(codeUnit: number): string {
  return `\\u${codeUnit.toString(16).padStart(4, "0")}`;
}
