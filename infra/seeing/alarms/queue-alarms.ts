import { Duration } from "aws-cdk-lib";
import { MathExpression } from "aws-cdk-lib/aws-cloudwatch";
import type { Queues } from "../../storage/queues.ts";
import type { AlarmDefinition } from "../alarm.ts";

/** Dead letters, and messages that nobody works off. */
export function queueAlarms({ tasks, deliveries }: Queues): AlarmDefinition[] {
  const deadLetters = { threshold: 1, raised: "from", periods: [1, 1], tellsWhenOver: true } as const;
  return [
    {
      ...deadLetters,
      name: "tasks-dead-letters",
      meaning: "Reports or profiles could not be processed and lie in the dead letters, from where they go in 14 days.",
      metric: tasks.deadLetters.metricApproximateNumberOfMessagesVisible({
        period: Duration.minutes(5),
        statistic: "Maximum",
      }),
    },
    {
      ...deadLetters,
      name: "deliveries-dead-letters",
      meaning: "Events could not be delivered and lie in the dead letters, from where they go in 14 days.",
      metric: deliveries.deadLetters.metricApproximateNumberOfMessagesVisible({
        period: Duration.minutes(5),
        statistic: "Maximum",
      }),
    },
    {
      name: "tasks-wait",
      meaning: "Reports wait for a minute and more until they are recorded, which takes seconds as a rule.",
      metric: tasks.queue.metricApproximateAgeOfOldestMessage({ period: Duration.minutes(1), statistic: "Maximum" }),
      // One that failed comes again after 70 seconds, and after the third time SQS does not count it here any more.
      threshold: 60,
      raised: "from",
      periods: [2, 3],
      tellsWhenOver: true,
    },
    {
      name: "deliveries-not-worked-off",
      meaning: "Deliveries wait in their queue and nobody fetches them.",
      // Not by their age: SQS leaves out what was received three times, and a failing collector's are meant to be old.
      // Both come from SQS, which says 0 where a function that is not called says nothing.
      metric: new MathExpression({
        expression: "IF(waiting > 0 AND fetched == 0, 1, 0)",
        label: "waiting and not fetched",
        period: Duration.minutes(5),
        usingMetrics: {
          waiting: deliveries.queue.metricApproximateNumberOfMessagesVisible({ statistic: "Minimum" }),
          fetched: deliveries.queue.metricNumberOfMessagesReceived({ statistic: "Sum" }),
        },
      }),
      threshold: 1,
      raised: "from",
      periods: [2, 3],
      tellsWhenOver: true,
    },
  ];
}
