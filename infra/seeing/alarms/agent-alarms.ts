import { Duration } from "aws-cdk-lib";
import type { AlarmDefinition } from "../alarm.ts";
import type { OwnMetrics } from "../own-metrics.ts";

/** What goes wrong for agents though the functions run. */
export function agentAlarms({ single, query }: OwnMetrics): AlarmDefinition[] {
  return [
    {
      name: "unavailable-answers",
      meaning: "Agents are answered UNAVAILABLE, because DynamoDB, SQS or S3 cannot be used.",
      metric: query("SUM", "rpc_refusals_total", { where: { code: "Unavailable" }, period: Duration.minutes(5) }),
      // A Rover polls every 10 seconds: one that gets nothing else counts 30 in 5 minutes. A moment's trouble, after
      // which agents try again by themselves, wakes nobody.
      threshold: 10,
      raised: "from",
      periods: [2, 3],
      tellsWhenOver: true,
    },
    {
      name: "internal-answers",
      meaning: "Calls of agents failed in a way that nobody foresaw, which is a defect of Flashpoint's.",
      metric: query("SUM", "rpc_refusals_total", { where: { code: "Internal" }, period: Duration.minutes(5) }),
      threshold: 1,
      raised: "from",
      periods: [1, 3],
      tellsWhenOver: false, // the defect stays
    },
    {
      name: "invalid-policy",
      meaning: "A policy in DynamoDB is invalid, so its service's agents keep the one they hold or get none.",
      metric: single("policy_invalid_total", { statistic: "Sum", period: Duration.minutes(5) }),
      threshold: 1,
      raised: "from",
      periods: [1, 1],
      tellsWhenOver: false, // each instance counts a policy once for each edit
    },
  ];
}
