import { GetQueueUrlCommand, SendMessageCommand, SQSClient } from "@aws-sdk/client-sqs";
import type { AwsOptions } from "../../../shared/aws/clients.ts";
import { type QueueId, queueName } from "../../../shared/resources.ts";
import { randomBody, sendable } from "../queue-bodies.ts";
import type { Target } from "../target.ts";

const SHOWN = 900;

/** Messages that anybody may put into the real queues, for the server's own pollers. */
export function createQueues({ aws, stack }: { aws: Required<AwsOptions>; stack: string }): Target {
  const sqs = new SQSClient({ endpoint: aws.sqsEndpoint, region: aws.region, credentials: aws.credentials });
  const urls = new Map<QueueId, Promise<string | undefined>>();

  function urlOf(queue: QueueId): Promise<string | undefined> {
    const known = urls.get(queue);
    if (known !== undefined) return known;
    const asked = sqs
      .send(new GetQueueUrlCommand({ QueueName: queueName(stack, queue) }))
      .then(({ QueueUrl }) => QueueUrl);
    urls.set(queue, asked);
    return asked;
  }

  return {
    name: "queues",
    weight: 0.05,
    async run(random, _index, tell) {
      const queue = random.pick(["tasks", "deliveries"] as const);
      const MessageBody = sendable(randomBody(random, queue));
      tell(`${queue} ${MessageBody.slice(0, SHOWN)}`);
      await sqs.send(new SendMessageCommand({ QueueUrl: await urlOf(queue), MessageBody }));
      return { kind: "queued" };
    },
    close: () => sqs.destroy(),
  };
}
