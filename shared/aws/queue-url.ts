import { GetQueueUrlCommand, type SQSClient } from "@aws-sdk/client-sqs";
import { Unavailable } from "../errors.ts";
import { withinDeadline } from "./deadline.ts";

/** Where a queue is. Both calls throw Unavailable if SQS does not say. */
export interface QueueUrl {
  /** Asks SQS once and remembers the answer. */
  get(): Promise<string>;
  /** Asks SQS each time. */
  lookUp(): Promise<string>;
}

export function createQueueUrl(sqs: SQSClient, name: string): QueueUrl {
  let known: Promise<string> | undefined;

  async function lookUp(): Promise<string> {
    return withinDeadline("SQS", async (abortSignal) => {
      const { QueueUrl } = await sqs.send(new GetQueueUrlCommand({ QueueName: name }), { abortSignal });
      if (QueueUrl === undefined) throw new Unavailable(`SQS names no URL for queue ${name}`);
      return QueueUrl;
    });
  }

  return {
    lookUp,
    get() {
      known ??= lookUp().catch((error) => {
        known = undefined; // ask again next time
        throw error;
      });
      return known;
    },
  };
}
