import type { Alarm } from "aws-cdk-lib/aws-cloudwatch";
import type { ITopic } from "aws-cdk-lib/aws-sns";
import { Construct } from "constructs";
import { createAlarm } from "./alarm.ts";
import { agentAlarms } from "./alarms/agent-alarms.ts";
import { deliveryAlarms } from "./alarms/delivery-alarms.ts";
import { edgeAlarms } from "./alarms/edge-alarms.ts";
import { functionAlarms } from "./alarms/function-alarms.ts";
import { queueAlarms } from "./alarms/queue-alarms.ts";
import { tableAlarms } from "./alarms/table-alarms.ts";
import type { OwnMetrics } from "./own-metrics.ts";
import type { Seen } from "./seen.ts";

/**
 * Every alarm of the stack, in the order of RUNBOOK.md. CloudWatch charges 0.10 USD a month for each metric that an alarm
 * reads: without the edge 30 of them, and for each collector up to two more that the queries find. Each is there because
 * somebody has to do something; what only explains is on the dashboard.
 */
export function createAlarms(scope: Construct, seen: Seen, own: OwnMetrics, topic: ITopic): Alarm[] {
  const { queues, tables, edge, options } = seen;
  const room = new Construct(scope, "Alarms");
  const definitions = [
    ...agentAlarms(own),
    ...queueAlarms(queues),
    ...deliveryAlarms(own),
    ...functionAlarms(seen),
    ...tableAlarms(tables),
    ...(edge === undefined ? [] : edgeAlarms(edge)),
  ];
  return definitions.map((definition) => createAlarm(room, options.prefix, definition, topic));
}
