import { setTimeout as delay } from "node:timers/promises";
import { GetQueueUrlCommand, ReceiveMessageCommand, SendMessageBatchCommand, SQSClient } from "@aws-sdk/client-sqs";
import type { AwsOptions } from "../../shared/aws/clients.ts";
import type { Chance } from "./chance.ts";

export interface Redeliveries {
  /** Messages that came again because nobody finished with them in time. */
  readonly late: number;
  /** Messages that were put into the queue a second time. */
  readonly copies: number;
  /** Meddles with the queues until the signal aborts. */
  run(signal: AbortSignal): Promise<void>;
}

const PAUSE_MS = 500;
/** How long a message that we took stays away before it comes again. */
const HIDDEN_SECONDS = 1;
/** Part of what we take that is copied. */
const COPIED_PART = 0.3;

/**
 * What SQS may do at any time (Developer Guide, at-least-once delivery): hands messages out twice. Some are received by
 * us and come again, some are sent a second time.
 */
export function createRedeliveries(options: {
  aws: Required<AwsOptions>;
  queues: readonly string[];
  chance: Chance;
}): Redeliveries {
  const { aws, queues, chance } = options;
  const { region, credentials } = aws;
  let late = 0;
  let copies = 0;

  async function meddle(sqs: SQSClient, QueueName: string, abortSignal: AbortSignal): Promise<void> {
    const { QueueUrl } = await sqs.send(new GetQueueUrlCommand({ QueueName }), { abortSignal });
    const taken = { QueueUrl, MaxNumberOfMessages: 10, WaitTimeSeconds: 1, VisibilityTimeout: HIDDEN_SECONDS };
    const { Messages = [] } = await sqs.send(new ReceiveMessageCommand(taken), { abortSignal });
    late += Messages.length;
    const copied = Messages.filter(({ MessageId = "" }) => chance("copy", QueueName, copies, MessageId) < COPIED_PART);
    if (copied.length === 0) return;
    const Entries = copied.map(({ Body }, index) => ({ Id: String(index), MessageBody: Body }));
    await sqs.send(new SendMessageBatchCommand({ QueueUrl, Entries }), { abortSignal });
    copies += copied.length;
  }

  return {
    get late() {
      return late;
    },
    get copies() {
      return copies;
    },
    async run(signal) {
      const sqs = new SQSClient({ endpoint: aws.sqsEndpoint, region, credentials, maxAttempts: 1 });
      await Promise.all(
        queues.map(async (queue) => {
          while (!signal.aborted) {
            await meddle(sqs, queue, signal).catch(() => {}); // the server is away now and then
            await delay(PAUSE_MS, undefined, { signal }).catch(() => {});
          }
        }),
      );
      sqs.destroy();
    },
  };
}
