import { Duration } from "aws-cdk-lib";
import type { AlarmDefinition } from "../alarm.ts";
import type { SeenEdge } from "../seen.ts";

/** The gRPC edge does not serve, or soon will not. */
export function edgeAlarms({ service, targetGroup }: SeenEdge): AlarmDefinition[] {
  return [
    {
      name: "edge-down",
      meaning: "No task of the gRPC edge is well: agents that speak native gRPC are not served.",
      metric: targetGroup.metrics.healthyHostCount({ period: Duration.minutes(1), statistic: "Maximum" }),
      threshold: 1,
      raised: "below",
      periods: [3, 3],
      missing: "bad", // it is told as long as the edge has tasks
      tellsWhenOver: true,
    },
    {
      name: "edge-unhealthy",
      meaning: "Tasks of the gRPC edge fail their health checks again and again.",
      metric: targetGroup.metrics.unHealthyHostCount({ period: Duration.minutes(1), statistic: "Maximum" }),
      threshold: 1,
      raised: "from",
      periods: [10, 15], // a new task needs some checks until it is well
      tellsWhenOver: true,
    },
    {
      name: "edge-busy",
      meaning:
        "The gRPC edge's tasks are busy and no more of them are added, as edgeMaxTasks is reached or Fargate has none.",
      metric: service.metricCpuUtilization({ period: Duration.minutes(5), statistic: "Average" }),
      threshold: 85,
      raised: "from",
      periods: [3, 3],
      tellsWhenOver: true,
    },
  ];
}
