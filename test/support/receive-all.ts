import { DeleteMessageCommand, GetQueueUrlCommand, ReceiveMessageCommand, SQSClient } from "@aws-sdk/client-sqs";
import type { AwsOptions } from "../../shared/aws/clients.ts";
import { until } from "./until.ts";

/** Takes messages off a queue, and waits for `least` of them. */
export async function receiveAll(aws: Required<AwsOptions>, queue: string, least: number): Promise<string[]> {
  const sqs = new SQSClient({ endpoint: aws.sqsEndpoint, region: aws.region, credentials: aws.credentials });
  const { QueueUrl } = await sqs.send(new GetQueueUrlCommand({ QueueName: queue }));
  const bodies: string[] = [];
  await until(`${least} messages on ${queue}`, async () => {
    const { Messages = [] } = await sqs.send(new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10 }));
    for (const { Body, ReceiptHandle } of Messages) {
      bodies.push(Body ?? "");
      await sqs.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle }));
    }
    return bodies.length >= least ? true : undefined;
  });
  sqs.destroy();
  return bodies;
}
