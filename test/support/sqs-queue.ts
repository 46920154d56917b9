import {
  CreateQueueCommand,
  DeleteMessageCommand,
  GetQueueAttributesCommand,
  ReceiveMessageCommand,
  SendMessageCommand,
  SQSClient,
} from "@aws-sdk/client-sqs";
import type { AwsOptions } from "../../shared/aws/clients.ts";
import { until } from "./until.ts";

/** One message as it lies in a queue. */
export interface LyingMessage {
  readonly body: string;
  /** Its attribute `reason`. */
  readonly reason: string | undefined;
}

/** A queue of the embedded SQS, as an operator with an AWS tool sees it. */
export interface SqsQueue {
  send(body: string): Promise<void>;
  /** The messages that lie in it, no more than ten, unless somebody has them in hand; they stay. */
  look(): Promise<LyingMessage[]>;
  /** Waits for the first message that fits; it stays. */
  find(what: string, fits: (message: LyingMessage) => boolean): Promise<LyingMessage>;
  /** Like find, and takes it out. */
  take(what: string, fits: (message: LyingMessage) => boolean): Promise<LyingMessage>;
  /** How many it holds, those that somebody has in hand or that wait included. */
  count(): Promise<number>;
  close(): void;
}

/** Opens a queue, which is made if it is not there. */
export async function openSqsQueue(aws: Required<AwsOptions>, name: string): Promise<SqsQueue> {
  const sqs = new SQSClient({ endpoint: aws.sqsEndpoint, region: aws.region, credentials: aws.credentials });
  const { QueueUrl } = await sqs.send(new CreateQueueCommand({ QueueName: name }));

  async function receive(): Promise<(LyingMessage & { ReceiptHandle: string | undefined })[]> {
    const { Messages = [] } = await sqs.send(
      new ReceiveMessageCommand({
        QueueUrl,
        MaxNumberOfMessages: 10,
        VisibilityTimeout: 0,
        MessageAttributeNames: ["All"],
      }),
    );
    return Messages.map(({ Body = "", MessageAttributes, ReceiptHandle }) => {
      return { body: Body, reason: MessageAttributes?.reason?.StringValue, ReceiptHandle };
    });
  }

  return {
    async send(MessageBody) {
      await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody }));
    },
    look: receive,
    find: (what, fits) => until(what, async () => (await receive()).find(fits)),
    async take(what, fits) {
      const found = await until(what, async () => (await receive()).find(fits));
      await sqs.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle: found.ReceiptHandle }));
      return found;
    },
    async count() {
      const { Attributes = {} } = await sqs.send(new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ["All"] }));
      const { ApproximateNumberOfMessages = 0, ApproximateNumberOfMessagesNotVisible = 0 } = Attributes;
      return Number(ApproximateNumberOfMessages) + Number(ApproximateNumberOfMessagesNotVisible);
    },
    close: () => sqs.destroy(),
  };
}
