import {
  ChangeMessageVisibilityBatchCommand,
  SendMessageBatchCommand,
  SendMessageCommand,
  type SQSClient,
} from "@aws-sdk/client-sqs";
import { Unavailable } from "../errors.ts";
import { gathered } from "../gathered.ts";
import { ENGINE_DEADLINE_MS, withinDeadline } from "./deadline.ts";
import { createQueueUrl } from "./queue-url.ts";

export interface OutgoingMessage {
  body: string;
  /**
   * Who has to wait for it. In AWS, a group with many messages in hand does not delay those of others (SQS Developer
   * Guide, "Amazon SQS fair queues").
   */
  group?: string;
}

/** One that goes out with others, and since when it waits for that, in milliseconds of `performance.now()`. */
interface WaitingMessage extends OutgoingMessage {
  readonly since: number;
}

/** The sending side of one SQS queue. */
export interface Queue {
  /**
   * @param deadlineMs how long it may take at most, if not as long as any call to an engine.
   * @throws Unavailable if SQS did not take the message; it may be sent again then.
   */
  send(message: OutgoingMessage, deadlineMs?: number): Promise<void>;
  /**
   * Puts a message that somebody else received here aside, with the reason as its attribute `reason`.
   * @throws Unavailable if SQS did not take the message; it may be sent again then.
   */
  sendWithReason(body: string, reason: string): Promise<void>;
  /**
   * Hides a message in hand for so many seconds from now on.
   * @throws Unavailable if SQS did not do so; the message comes again when its visibility timeout ends.
   */
  hide(receiptHandle: string, seconds: number): Promise<void>;
  /**
   * Together with what others send at the same time, ten in a request. A request that fails fails for everybody with a
   * message in it, a message that SQS refuses for its sender alone. Who hears of a failure sends all of its messages
   * again: those that had gone out come twice, and none is lost.
   * @throws Unavailable if SQS did not take every message within its time, that of waiting for others included; some
   * may have gone out.
   */
  sendAll(messages: readonly OutgoingMessage[]): Promise<void>;
  /** @throws Unavailable if the queue cannot be reached. */
  check(): Promise<void>;
}

/** Most messages, and most bytes of them together, that SQS takes at once. */
const BATCH = { messages: 10, bytes: 256 * 1_024 };
/** Batches that are sent at a time, of messages that are not so large that they take several. */
const BATCHES_AT_ONCE = 2;
/** In less than that, no batch is begun. */
const LEAST_SEND_MS = 50;
/** How long a message that is to be hidden waits for others. */
const GATHER_MS = 5;

export function createQueue(sqs: SQSClient, name: string): Queue {
  const { get: url, lookUp: lookUpUrl } = createQueueUrl(sqs, name);

  /**
   * @param batch in the order in which it came: the first may have waited for batches before it, but not for ever.
   * @returns why SQS did not take a message, for each that it did not.
   */
  async function sendBatch(batch: readonly WaitingMessage[]): Promise<(Error | undefined)[]> {
    const Entries = batch.map((message, index) => ({ Id: String(index), ...inputOf(message) }));
    const leftMs = ENGINE_DEADLINE_MS - (performance.now() - (batch[0]?.since ?? 0));
    try {
      if (leftMs < LEAST_SEND_MS)
        throw new Unavailable(`SQS did not take what came before within ${ENGINE_DEADLINE_MS} ms`);
      const send = async (abortSignal: AbortSignal) =>
        sqs.send(new SendMessageBatchCommand({ QueueUrl: await url(), Entries }), { abortSignal });
      const { Failed = [] } = await withinDeadline("SQS", send, Math.ceil(leftMs));
      const refusals = new Map(
        Failed.map(({ Id, Message }) => [Id, new Unavailable(`SQS refused a message: ${Message}`)]),
      );
      return batch.map((_, index) => refusals.get(String(index)));
    } catch (error) {
      return batch.map(() => error as Error);
    }
  }

  /** Many events have one delivery each, and are dispatched side by side. */
  const sendGathered = gathered({
    most: BATCH.messages,
    waitMs: 0,
    atOnce: BATCHES_AT_ONCE,
    work: async (messages: readonly WaitingMessage[]) => (await Promise.all(batchesOf(messages).map(sendBatch))).flat(),
  });

  const hide = gathered({
    most: BATCH.messages,
    waitMs: GATHER_MS,
    /** @returns why a message is not hidden, for each that is not. */
    async work(messages: readonly { receiptHandle: string; seconds: number }[]): Promise<(string | undefined)[]> {
      const Entries = messages.map(({ receiptHandle, seconds }, index) => ({
        Id: String(index),
        ReceiptHandle: receiptHandle,
        VisibilityTimeout: seconds,
      }));
      const { Failed = [] } = await withinDeadline("SQS", async (abortSignal) =>
        sqs.send(new ChangeMessageVisibilityBatchCommand({ QueueUrl: await url(), Entries }), { abortSignal }),
      );
      const reasons = new Map(Failed.map(({ Id, Code, Message }) => [Id, Message ?? Code ?? "no reason given"]));
      return messages.map((_, index) => reasons.get(String(index)));
    },
  });

  return {
    async send(message, deadlineMs) {
      // The URL is looked up once per process; a cold look-up and the send share one bound.
      const send = async (abortSignal: AbortSignal) =>
        sqs.send(new SendMessageCommand({ QueueUrl: await url(), ...inputOf(message) }), { abortSignal });
      await withinDeadline("SQS", send, deadlineMs);
    },
    async sendWithReason(MessageBody, reason) {
      const StringValue = reason.replace(UNSENDABLE, "\ufffd").slice(0, MAX_REASON) || "unknown";
      await withinDeadline("SQS", async (abortSignal) => {
        const MessageAttributes = { reason: { DataType: "String", StringValue } };
        await sqs.send(new SendMessageCommand({ QueueUrl: await url(), MessageBody, MessageAttributes }), {
          abortSignal,
        });
      });
    },
    async hide(receiptHandle, seconds) {
      const failure = await hide({ receiptHandle, seconds });
      if (failure !== undefined) throw new Unavailable(`SQS did not hide a message: ${failure}`);
    },
    async sendAll(messages) {
      const since = performance.now();
      const failures = await Promise.all(messages.map((message) => sendGathered({ ...message, since })));
      const failure = failures.find((reason) => reason !== undefined);
      if (failure !== undefined) throw failure;
    },
    async check() {
      await lookUpUrl();
    },
  };
}

/** Characters that SQS refuses in an attribute, and those that some emulators do. */
const UNSENDABLE = /[^\t\n\r\u0020-\ud7ff\ue000-\ufffd]/gu;
/** A message takes its attributes' bytes from its own 256 KiB; a reason is evidence, cut long before. */
const MAX_REASON = 1_024;

/** What SQS takes as MessageGroupId: up to 128 of these. */
const NOT_IN_GROUP = /[^a-zA-Z0-9!"#$%&'()*+,\-./:;<=>?@[\\\]^_`{|}~]/g;
const MAX_GROUP = 128;

function inputOf({ body, group }: OutgoingMessage): { MessageBody: string; MessageGroupId?: string } {
  if (group === undefined || group === "") return { MessageBody: body };
  return { MessageBody: body, MessageGroupId: group.replace(NOT_IN_GROUP, "_").slice(0, MAX_GROUP) };
}

/** Cuts messages into runs that SQS takes at once. */
export function batchesOf<Message extends OutgoingMessage>(messages: readonly Message[]): Message[][] {
  const batches: Message[][] = [];
  let batch: Message[] = [];
  let bytes = 0;
  for (const message of messages) {
    const size = Buffer.byteLength(message.body);
    if (batch.length === BATCH.messages || (batch.length > 0 && bytes + size > BATCH.bytes)) {
      batches.push(batch);
      batch = [];
      bytes = 0;
    }
    batch.push(message);
    bytes += size;
  }
  return batch.length === 0 ? batches : [...batches, batch];
}
