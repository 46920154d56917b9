import type { GraphWidget } from "aws-cdk-lib/aws-cloudwatch";
import type { Queue } from "aws-cdk-lib/aws-sqs";
import type { Queues } from "../../storage/queues.ts";
import { graph, SECONDS } from "../graph.ts";
import type { OwnMetrics } from "../own-metrics.ts";

const most = { statistic: "Maximum" };

/** How long is waited. */
export function waitingRow({ each }: OwnMetrics, { tasks, deliveries }: Queues): GraphWidget[] {
  return [
    graph(
      "Oldest report or profile in the queue of tasks",
      [tasks.queue.metricApproximateAgeOfOldestMessage({ ...most, label: "oldest" })],
      SECONDS,
    ),
    graph(
      "Oldest delivery that is not made, by collector",
      [each("oldest_pending_delivery_seconds", { statistic: "Maximum", by: "collector" })],
      SECONDS,
    ),
    graph("Dead letters", [
      tasks.deadLetters.metricApproximateNumberOfMessagesVisible({ ...most, label: "tasks" }),
      deliveries.deadLetters.metricApproximateNumberOfMessagesVisible({ ...most, label: "deliveries" }),
    ]),
  ];
}

/** What stands in the queues, and whether it is worked off. */
export function queuesRow({ tasks, deliveries }: Queues): GraphWidget[] {
  return [
    graph("Queue of tasks", depth(tasks.queue)),
    graph("Queue of deliveries", depth(deliveries.queue)),
    graph("Worked off", [
      tasks.queue.metricNumberOfMessagesReceived({ statistic: "Sum", label: "tasks fetched" }),
      tasks.queue.metricNumberOfMessagesDeleted({ statistic: "Sum", label: "tasks done" }),
      deliveries.queue.metricNumberOfMessagesReceived({ statistic: "Sum", label: "deliveries fetched" }),
      deliveries.queue.metricNumberOfMessagesDeleted({ statistic: "Sum", label: "deliveries done" }),
    ]),
  ];
}

function depth(queue: Queue) {
  return [
    queue.metricApproximateNumberOfMessagesVisible({ ...most, label: "to be fetched" }),
    queue.metricApproximateNumberOfMessagesNotVisible({ ...most, label: "in hand, or waiting for an attempt" }),
  ];
}
