import type { Message } from "@bufbuild/protobuf";
import { DeliveryMessageSchema, TaskMessageSchema } from "../../shared/gen/flashpoint/v1/queue_pb.js";
import type { QueueId } from "../../shared/resources.ts";
import { jsonOf, randomMessage } from "./messages.ts";
import { mutated } from "./mutate.ts";
import { oddJson } from "./odd-json.ts";
import type { Random } from "./random.ts";
import { oddText, textFor } from "./texts.ts";

/** What SQS refuses in a body, and what some emulators do. */
const UNSENDABLE = /[^\t\n\r\u0020-\ud7ff\ue000-\ufffd]/gu;

/** What may lie in a queue: our own messages, changed, and what anybody may have put there. */
export function randomBody(random: Random, queue: QueueId): string {
  const schema = random.chance(0.95) === (queue === "tasks") ? TaskMessageSchema : DeliveryMessageSchema;
  if (random.chance(0.1)) return oddText(random);
  const json = jsonOf(schema, withVersion(random, randomMessage(random, schema)));
  if (json === undefined) return "{}";
  const body = random.chance(0.5) ? JSON.stringify(json) : oddJson(random, json, 0.05);
  return random.chance(0.15) ? mutated(random, Buffer.from(body)).toString() : body;
}

/** The same body as far as SQS takes it. */
export function sendable(body: string): string {
  return body.replace(UNSENDABLE, "?") || "{}";
}

/** Mostly the right one, and collectors that there are. */
function withVersion(random: Random, message: Message): Message {
  if (random.chance(0.9)) Object.assign(message, { version: 1 });
  if ("collector" in message) message.collector = random.pick(["invalid", "paused", "unknown", textFor(random, "")]);
  return message;
}
