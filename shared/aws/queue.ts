import {
  ChangeMessageVisibilityCommand,
  GetQueueUrlCommand,
  SendMessageBatchCommand,
  SendMessageCommand,
  type SQSClient,
} from "@aws-sdk/client-sqs";
import { Unavailable } from "../errors.ts";
import { withinDeadline } from "./deadline.ts";

/** The sending side of one SQS queue. */
export interface Queue {
  /** @throws Unavailable if SQS did not take the message; it may be sent again then. */
  send(body: string): Promise<void>;
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
  /** @throws Unavailable if SQS did not take every message; some may have gone out. */
  sendAll(bodies: readonly string[]): Promise<void>;
  /** @throws Unavailable if the queue cannot be reached. */
  check(): Promise<void>;
}

/** Most messages, and most bytes of them together, that SQS takes in one SendMessageBatch. */
const BATCH = { messages: 10, bytes: 256 * 1_024 };

export function createQueue(sqs: SQSClient, name: string): Queue {
  let knownUrl: Promise<string> | undefined;

  function url(): Promise<string> {
    knownUrl ??= lookUpUrl().catch((error) => {
      knownUrl = undefined; // ask again next time
      throw error;
    });
    return knownUrl;
  }

  async function lookUpUrl(): Promise<string> {
    return withinDeadline("SQS", async (abortSignal) => {
      const { QueueUrl } = await sqs.send(new GetQueueUrlCommand({ QueueName: name }), { abortSignal });
      if (QueueUrl === undefined) throw new Unavailable(`SQS names no URL for queue ${name}`);
      return QueueUrl;
    });
  }

  async function sendBatch(QueueUrl: string, bodies: readonly string[]): Promise<void> {
    const entries = bodies.map((MessageBody, index) => ({ Id: String(index), MessageBody }));
    const { Failed } = await withinDeadline("SQS", (abortSignal) =>
      sqs.send(new SendMessageBatchCommand({ QueueUrl, Entries: entries }), { abortSignal }),
    );
    if (Failed !== undefined && Failed.length > 0) {
      throw new Unavailable(`SQS refused ${Failed.length} of ${bodies.length} messages: ${Failed[0]?.Message}`);
    }
  }

  return {
    async send(MessageBody) {
      // The URL is looked up once per process; a cold look-up and the send share one bound.
      await withinDeadline("SQS", async (abortSignal) => {
        await sqs.send(new SendMessageCommand({ QueueUrl: await url(), MessageBody }), { abortSignal });
      });
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
    async hide(ReceiptHandle, VisibilityTimeout) {
      await withinDeadline("SQS", async (abortSignal) => {
        const message = { QueueUrl: await url(), ReceiptHandle, VisibilityTimeout };
        await sqs.send(new ChangeMessageVisibilityCommand(message), { abortSignal });
      });
    },
    async sendAll(bodies) {
      const QueueUrl = await url();
      for (const batch of batchesOf(bodies)) await sendBatch(QueueUrl, batch);
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

/** Cuts messages into runs that SQS takes at once. */
export function batchesOf(bodies: readonly string[]): string[][] {
  const batches: string[][] = [];
  let batch: string[] = [];
  let bytes = 0;
  for (const body of bodies) {
    const size = Buffer.byteLength(body);
    if (batch.length === BATCH.messages || (batch.length > 0 && bytes + size > BATCH.bytes)) {
      batches.push(batch);
      batch = [];
      bytes = 0;
    }
    batch.push(body);
    bytes += size;
  }
  return batch.length === 0 ? batches : [...batches, batch];
}
