import { Duration } from "aws-cdk-lib";
import { EventSourceMapping, type Function as LambdaFunction } from "aws-cdk-lib/aws-lambda";
import type { Queue } from "aws-cdk-lib/aws-sqs";
import { QUEUES, type QueueId } from "../../shared/resources.ts";
import type { Permission } from "../permissions.ts";
import type { QueueWithDeadLetters } from "../storage/queues.ts";

/** Has a function work off a queue, message by message: of a batch, only what failed comes again. */
export function consumeQueue(consumer: LambdaFunction, id: QueueId, queue: Queue, maxConcurrency: number): void {
  const { batchSize, batchWindowSeconds } = QUEUES[id];
  new EventSourceMapping(consumer, "Queue", {
    target: consumer,
    eventSourceArn: queue.queueArn,
    batchSize,
    maxBatchingWindow: Duration.seconds(batchWindowSeconds),
    maxConcurrency,
    reportBatchItemFailures: true,
  });
}

/** What working off a queue takes, by Lambda's pollers, which use the function's role, and by the function. */
export function workingOff(id: QueueId, { queue, deadLetters }: QueueWithDeadLetters): Permission[] {
  return [
    {
      sid: "WorkOffQueue",
      why: `Lambda fetches messages of the queue of ${id} for the function, and deletes what is done.`,
      actions: ["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"],
      resources: [queue.queueArn],
    },
    {
      sid: "PutAside",
      why: "What cannot be processed goes to the dead letters, with the reason.",
      actions: ["sqs:GetQueueUrl", "sqs:SendMessage"],
      resources: [deadLetters.queueArn],
    },
  ];
}

/** What it takes beside to say oneself when a message comes again. */
export function puttingOff({ queue }: Pick<QueueWithDeadLetters, "queue">): Permission {
  return {
    sid: "PutOff",
    why: "What failed is hidden until its next attempt.",
    actions: ["sqs:GetQueueUrl", "sqs:ChangeMessageVisibility"],
    resources: [queue.queueArn],
  };
}
