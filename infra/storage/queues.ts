import { Duration } from "aws-cdk-lib";
import { Queue, QueueEncryption } from "aws-cdk-lib/aws-sqs";
import { Construct } from "constructs";
import { deadLetterQueueName, QUEUES, type QueueDefinition, type QueueId, queueName } from "../../shared/resources.ts";
import type { StackOptions } from "../options/read-options.ts";

export interface QueueWithDeadLetters {
  readonly queue: Queue;
  readonly deadLetters: Queue;
}

export type Queues = Readonly<Record<QueueId, QueueWithDeadLetters>>;

/** Every queue with its dead letters, encrypted and over TLS only. What lies in one is no more than two weeks old. */
export function createQueues(scope: Construct, { prefix }: Pick<StackOptions, "prefix">): Queues {
  const room = new Construct(scope, "Queues");
  const create = (id: QueueId, definition: QueueDefinition): QueueWithDeadLetters => {
    const shared = {
      encryption: QueueEncryption.SQS_MANAGED,
      enforceSSL: true,
      retentionPeriod: Duration.seconds(definition.retentionSeconds),
    };
    const deadLetters = new Queue(room, `${id}-dead`, { ...shared, queueName: deadLetterQueueName(prefix, id) });
    const queue = new Queue(room, id, {
      ...shared,
      queueName: queueName(prefix, id),
      visibilityTimeout: Duration.seconds(definition.visibilityTimeoutSeconds),
      deadLetterQueue: { queue: deadLetters, maxReceiveCount: definition.maxReceives },
    });
    return { queue, deadLetters };
  };
  const entries = Object.entries(QUEUES).map(([id, definition]) => [id, create(id as QueueId, definition)]);
  return Object.fromEntries(entries);
}
