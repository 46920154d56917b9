import { setTimeout as delay } from "node:timers/promises";
import {
  DeleteMessageBatchCommand,
  GetQueueUrlCommand,
  type Message,
  ReceiveMessageCommand,
  type SQSClient,
} from "@aws-sdk/client-sqs";
import type { SQSRecord } from "aws-lambda";
import type { SqsHandler } from "../../shared/aws/sqs-batch.ts";
import { gathered } from "../../shared/gathered.ts";
import type { Logger } from "../../shared/log.ts";
import type { QueueDefinition } from "../../shared/resources.ts";

export interface QueuePoller {
  /** Takes no more messages and waits for those at hand, which their own time limit bounds. */
  stop(): Promise<void>;
}

/** How long a receive waits for messages before it comes back empty. */
const WAIT_SECONDS = 5;
/** Most messages that SQS hands out, or deletes, at once. */
const BATCH = 10;
/** How long a message that is done with waits for others that are to be deleted. */
const GATHER_MS = 20;
/** Pause after the engine failed. */
const FAILURE_PAUSE_MS = 1_000;

/** Does what Lambda's event source mapping does in AWS: hands messages to a handler and deletes what it processed. */
export function startQueuePoller(options: {
  /** Its requests must be allowed to take longer than WAIT_SECONDS. */
  sqs: SQSClient;
  queue: string;
  definition: QueueDefinition;
  /** Most messages at once, from BATCH. Each goes its own way: a slow one does not hold up the rest. */
  maxInHand: number;
  handler: SqsHandler;
  log: Logger;
}): QueuePoller {
  const { sqs, queue, definition, maxInHand, handler, log } = options;
  const { handlerTimeoutSeconds } = definition;
  const stopping = new AbortController();
  const inHand = new Set<Promise<void>>();
  let onHandFree = (): void => {};

  async function receive(QueueUrl: string): Promise<Message[]> {
    const { Messages } = await sqs.send(
      new ReceiveMessageCommand({
        QueueUrl,
        MaxNumberOfMessages: BATCH,
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

  /** @returns whether the message is done with. It is not if its handler takes too long, as it is in Lambda. */
  async function isProcessed(message: Message): Promise<boolean> {
    const timeout = new AbortController();
    const cutOff = delay(handlerTimeoutSeconds * 1_000, undefined, timeout).then(() => {
      throw new Error(`not finished within ${handlerTimeoutSeconds} s`);
    });
    try {
      const { batchItemFailures } = await Promise.race([handler({ Records: [recordOf(message, queue)] }), cutOff]);
      return batchItemFailures.length === 0;
    } catch (error) {
      log.warn({ queue, messageId: message.MessageId, err: error }, "message not processed; it comes again");
      return false;
    } finally {
      timeout.abort();
      cutOff.catch(() => {});
    }
  }

  async function process(message: Message, url: string): Promise<void> {
    if (await isProcessed(message)) await deleteDone({ url, receipt: message.ReceiptHandle ?? "" });
  }

  /** What is not deleted comes again; who works it off has to bear that anyway. */
  const deleteDone = gathered({
    most: BATCH,
    waitMs: GATHER_MS,
    async work(done: readonly { url: string; receipt: string }[]): Promise<undefined[]> {
      const Entries = done.map(({ receipt }, index) => ({ Id: String(index), ReceiptHandle: receipt }));
      try {
        const { Failed = [] } = await sqs.send(new DeleteMessageBatchCommand({ QueueUrl: done[0]?.url, Entries }));
        if (Failed.length > 0) log.warn({ queue, failed: Failed }, "processed messages not deleted; they come again");
      } catch (error) {
        log.warn({ queue, err: error }, "processed messages not deleted; they come again");
      }
      return [];
    },
  });

  /** Not a race of those in hand: each race would leave something behind on whatever hangs. */
  function handFree(): Promise<void> {
    return new Promise((resolve) => {
      onHandFree = resolve;
    });
  }

  async function poll(url: string): Promise<void> {
    while (inHand.size > maxInHand - BATCH) await handFree();
    for (const message of await receive(url)) {
      const processing = process(message, url).finally(() => {
        inHand.delete(processing);
        onHandFree();
      });
      inHand.add(processing);
    }
  }

  async function run(): Promise<void> {
    let url: string | undefined;
    while (!stopping.signal.aborted) {
      try {
        url ??= (await sqs.send(new GetQueueUrlCommand({ QueueName: queue }))).QueueUrl ?? "";
        await poll(url);
      } catch (error) {
        if (stopping.signal.aborted) break;
        log.warn({ queue, err: error }, "queue not polled; trying again");
        await delay(FAILURE_PAUSE_MS, undefined, { signal: stopping.signal }).catch(() => {});
      }
    }
    await Promise.all(inHand);
  }

  const running = run();
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
