import type { Function as LambdaFunction } from "aws-cdk-lib/aws-lambda";
import type { Construct } from "constructs";
import { QUEUES } from "../../shared/resources.ts";
import type { StackOptions } from "../options/read-options.ts";
import type { Storage } from "../storage/storage.ts";
import { createFunction } from "./create-function.ts";
import { consumeQueue, workingOff } from "./queue-consumer.ts";

/** The function that records tasks and profiles and sends deliveries out. */
export function createTaskDispatcher(scope: Construct, options: StackOptions, storage: Storage): LambdaFunction {
  const { tableArns, queues, settings } = storage;
  const created = createFunction(scope, "TaskDispatcher", options, {
    name: "task-dispatcher",
    description: "Records tasks and profiles once, and queues a delivery for every collector that wants them",
    settings,
    memory: 256,
    timeoutSeconds: QUEUES.tasks.handlerTimeoutSeconds,
    permissions: [
      ...workingOff("tasks", queues.tasks),
      {
        sid: "RecordReports",
        why: "A report is claimed by what it says, so that sent twice it becomes one task.",
        actions: ["dynamodb:GetItem", "dynamodb:PutItem"],
        resources: [tableArns.reports],
      },
      {
        sid: "RecordTasks",
        why: "A task is recorded once, and read when it comes again.",
        actions: ["dynamodb:GetItem", "dynamodb:PutItem"],
        resources: [tableArns.tasks],
      },
      {
        sid: "RecordProfiles",
        why: "A profile is recorded once, and found by its task if it came before that.",
        actions: ["dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:Query"],
        resources: [tableArns.profiles],
      },
      {
        sid: "ListCollectors",
        why: "Every collector that wants a task gets a delivery.",
        actions: ["dynamodb:Scan"],
        resources: [tableArns.collectors],
      },
      {
        sid: "QueueDeliveries",
        why: "A delivery for a collector is a message in the queue of deliveries.",
        actions: ["sqs:GetQueueUrl", "sqs:SendMessage"],
        resources: [queues.deliveries.queue.queueArn],
      },
    ],
  });
  consumeQueue(created, "tasks", queues.tasks.queue, options.dispatcherConcurrency);
  return created;
}
