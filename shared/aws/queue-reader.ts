import {
  ChangeMessageVisibilityBatchCommand,
  DeleteMessageCommand,
  GetQueueAttributesCommand,
  ReceiveMessageCommand,
  type SQSClient,
} from "@aws-sdk/client-sqs";
import { withinDeadline } from "./deadline.ts";
import { createQueueUrl } from "./queue-url.ts";

/** A message in hand: hidden from everybody else for a while. */
export interface HeldMessage {
  /** The same each time that it is received. */
  readonly id: string;
  readonly body: string;
  /** Its attribute `reason`, if it has one. */
  readonly reason: string | undefined;
  /** When it was sent, in ms since the epoch by the clock of SQS. */
  readonly sentAt: number;
  /** What the queue calls it while it is in hand. */
  readonly receipt: string;
}

/** The receiving side of one SQS queue, for an operator's work. All calls throw Unavailable if SQS fails. */
export interface QueueReader {
  /** Takes up to ten messages, and hides them for so many seconds. None: the queue shows none at present. */
  receive(hideSeconds: number): Promise<HeldMessage[]>;
  delete(message: HeldMessage): Promise<void>;
  /** Shows messages in hand again. One that was hidden no longer is passed over. */
  release(messages: readonly Pick<HeldMessage, "receipt">[]): Promise<void>;
  /** About how many messages there are to receive, and how many others are hidden. */
  count(): Promise<{ visible: number; hidden: number }>;
}

/** Most messages of one request to SQS. */
const BATCH = 10;
/** A receive that waits asks every server of the queue, one that does not asks some (SQS, "Short and long polling"). */
const WAIT_SECONDS = 1;
/** 0 would be at once, which some emulators answer with an error. */
const SOON_SECONDS = 1;

export function createQueueReader(sqs: SQSClient, name: string): QueueReader {
  const url = createQueueUrl(sqs, name);

  return {
    async receive(VisibilityTimeout) {
      const { Messages = [] } = await withinDeadline("SQS", async (abortSignal) =>
        sqs.send(
          new ReceiveMessageCommand({
            QueueUrl: await url.get(),
            MaxNumberOfMessages: BATCH,
            WaitTimeSeconds: WAIT_SECONDS,
            VisibilityTimeout,
            MessageSystemAttributeNames: ["SentTimestamp"],
            MessageAttributeNames: ["reason"],
          }),
          // The client's own limit for an answer is as long as the wait.
          { abortSignal, requestTimeout: WAIT_SECONDS * 1_000 + 1_000 },
        ),
      );
      return Messages.map((message) => ({
        id: message.MessageId ?? "",
        body: message.Body ?? "",
        reason: message.MessageAttributes?.reason?.StringValue,
        sentAt: Number(message.Attributes?.SentTimestamp ?? 0),
        receipt: message.ReceiptHandle ?? "",
      }));
    },

    async delete({ receipt: ReceiptHandle }) {
      await withinDeadline("SQS", async (abortSignal) => {
        await sqs.send(new DeleteMessageCommand({ QueueUrl: await url.get(), ReceiptHandle }), { abortSignal });
      });
    },

    async release(messages) {
      const QueueUrl = await url.get();
      for (let from = 0; from < messages.length; from += BATCH) {
        const Entries = messages.slice(from, from + BATCH).map(({ receipt }, index) => {
          return { Id: String(index), ReceiptHandle: receipt, VisibilityTimeout: SOON_SECONDS };
        });
        await withinDeadline("SQS", (abortSignal) =>
          sqs.send(new ChangeMessageVisibilityBatchCommand({ QueueUrl, Entries }), { abortSignal }),
        );
      }
    },

    async count() {
      const { Attributes } = await withinDeadline("SQS", async (abortSignal) =>
        sqs.send(
          new GetQueueAttributesCommand({
            QueueUrl: await url.get(),
            AttributeNames: ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"],
          }),
          { abortSignal },
        ),
      );
      return {
        visible: Number(Attributes?.ApproximateNumberOfMessages ?? 0),
        hidden: Number(Attributes?.ApproximateNumberOfMessagesNotVisible ?? 0),
      };
    },
  };
}
