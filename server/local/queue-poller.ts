import { setTimeout as delay } from "node:timers/promises";
import {
  DeleteMessageBatchCommand,
  GetQueueUrlCommand,
  type Message,
  ReceiveMessageCommand,
  type SQSClient,
} from "@aws-sdk/client-sqs";
import type { SQSBatchResponse, SQSRecord } from "aws-lambda";
import type { SqsHandler } from "../../shared/aws/sqs-batch.ts";
import type { Logger } from "../../shared/log.ts";
import type { QueueDefinition } from "../../shared/resources.ts";

export interface QueuePoller {
  /** Takes no more messages and waits for the batches at hand, which their own time limit bounds. */
  stop(): Promise<void>;
}

/** How long a receive waits for messages before it comes back empty. */
const WAIT_SECONDS = 5;
/** Batches in hand at once, as Lambda runs several: one slow collector must not hold up the rest. */
const CONCURRENT_BATCHES = 8;
/** Pause after the engine failed. */
const FAILURE_PAUSE_MS = 1_000;

/** Does what Lambda's event source mapping does in AWS: hands batches to a handler and deletes what it processed. */
export function startQueuePoller(options: {
  /** Its requests must be allowed to take longer than WAIT_SECONDS. */
  sqs: SQSClient;
  queue: string;
  definition: QueueDefinition;
  handler: SqsHandler;
  log: Logger;
}): QueuePoller {
  const { sqs, queue, definition, handler, log } = options;
  const { batchSize, handlerTimeoutSeconds } = definition;
  const stopping = new AbortController();

  async function receive(QueueUrl: string): Promise<Message[]> {
    const { Messages } = await sqs.send(
      new ReceiveMessageCommand({
        QueueUrl,
        MaxNumberOfMessages: batchSize,
        WaitTimeSeconds: WAIT_SECONDS,
        // Shorter than in AWS, where the queue's own has to be six times the handler's: one process polls here, and
        // what it held when it was killed should come again soon.
        VisibilityTimeout: handlerTimeoutSeconds + 2,
        MessageSystemAttributeNames: ["All"],
      }),
      { abortSignal: stopping.signal },
    );
    return Messages ?? [];
  }

  /** Everything counts as failed if the handler takes too long, as it does in Lambda. */
  async function handle(messages: Message[]): Promise<SQSBatchResponse> {
    const timeout = AbortSignal.timeout(handlerTimeoutSeconds * 1_000);
    const cutOff = new Promise<never>((_, reject) => {
      timeout.addEventListener("abort", () => reject(timeout.reason), { once: true });
    });
    return Promise.race([handler({ Records: messages.map((message) => recordOf(message, queue)) }), cutOff]);
  }

  async function work(QueueUrl: string): Promise<void> {
    const messages = await receive(QueueUrl);
    if (messages.length === 0) return;
    const { batchItemFailures } = await handle(messages).catch((error) => {
      log.warn({ queue, messages: messages.length, err: error }, "batch not finished; its messages come again");
      return { batchItemFailures: messages.map(({ MessageId = "" }) => ({ itemIdentifier: MessageId })) };
    });
    const failed = new Set(batchItemFailures.map(({ itemIdentifier }) => itemIdentifier));
    const done = messages.filter(({ MessageId }) => !failed.has(MessageId ?? ""));
    if (done.length === 0) return;
    const Entries = done.map(({ ReceiptHandle }, index) => ({ Id: String(index), ReceiptHandle }));
    await sqs.send(new DeleteMessageBatchCommand({ QueueUrl, Entries }));
  }

  async function run(): Promise<void> {
    let url: string | undefined;
    while (!stopping.signal.aborted) {
      try {
        url ??= (await sqs.send(new GetQueueUrlCommand({ QueueName: queue }))).QueueUrl ?? "";
        await work(url);
      } catch (error) {
        if (stopping.signal.aborted) break;
        log.warn({ queue, err: error }, "queue not polled; trying again");
        await delay(FAILURE_PAUSE_MS, undefined, { signal: stopping.signal }).catch(() => {});
      }
    }
  }

  const running = Promise.all(Array.from({ length: CONCURRENT_BATCHES }, run));
  return {
    async stop() {
      stopping.abort();
      await running;
    },
  };
}

/** A received message in the shape that Lambda gives it. */
function recordOf(message: Message, queue: string): SQSRecord {
  const attributes = message.Attributes ?? {};
  return {
    messageId: message.MessageId ?? "",
    receiptHandle: message.ReceiptHandle ?? "",
    body: message.Body ?? "",
    attributes: {
      ApproximateReceiveCount: attributes.ApproximateReceiveCount ?? "1",
      SentTimestamp: attributes.SentTimestamp ?? "",
      SenderId: attributes.SenderId ?? "",
      ApproximateFirstReceiveTimestamp: attributes.ApproximateFirstReceiveTimestamp ?? "",
    },
    messageAttributes: {},
    md5OfBody: message.MD5OfBody ?? "",
    eventSource: "aws:sqs",
    eventSourceARN: `arn:aws:sqs:us-east-1:000000000000:${queue}`,
    awsRegion: "us-east-1",
  };
}
