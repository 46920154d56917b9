import { Construct } from "constructs";
import { createAlarmTopic } from "./alarm-topic.ts";
import { createAlarms } from "./alarms.ts";
import { createDashboard } from "./dashboard.ts";
import { dashboardUrl } from "./dashboard-url.ts";
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
  return { dashboardUrl: dashboardUrl(room, dashboard), alarmTopicArn: topic.topicArn };
}
