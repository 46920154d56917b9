import { Aws } from "aws-cdk-lib";
import { Construct } from "constructs";
import { createAlarmTopic } from "./alarm-topic.ts";
import { createAlarms } from "./alarms.ts";
import { createDashboard } from "./dashboard.ts";
import { ownMetrics } from "./own-metrics.ts";
import type { Seen } from "./seen.ts";

export interface Seeing {
  readonly dashboardUrl: string;
  readonly alarmTopicArn: string;
}

/** A dashboard of the stack, and alarms to a topic. */
export function createSeeing(scope: Construct, seen: Seen): Seeing {
  const room = new Construct(scope, "Seeing");
  const own = ownMetrics(seen.options.prefix);
  const topic = createAlarmTopic(room, seen.options);
  const dashboard = createDashboard(room, seen, own, createAlarms(room, seen, own, topic));
  const console = `https://${Aws.REGION}.console.aws.amazon.com/cloudwatch/home?region=${Aws.REGION}`;
  return {
    dashboardUrl: `${console}#dashboards/dashboard/${dashboard.dashboardName}`,
    alarmTopicArn: topic.topicArn,
  };
}
