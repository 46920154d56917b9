import { Aws, Duration } from "aws-cdk-lib";
import { type Alarm, AlarmStatusWidget, Dashboard, TextWidget } from "aws-cdk-lib/aws-cloudwatch";
import type { Construct } from "constructs";
import type { OwnMetrics } from "./own-metrics.ts";
import { agentsRow, reportsRow } from "./rows/agents-row.ts";
import { delaysRow, deliveriesRow } from "./rows/deliveries-row.ts";
import { edgeRow } from "./rows/edge-row.ts";
import { durationsRow, functionsRow } from "./rows/functions-row.ts";
import { tablesRow } from "./rows/tables-row.ts";
import { queuesRow, waitingRow } from "./rows/waiting-row.ts";
import type { Seen } from "./seen.ts";

/**
 * Everything there is to see, in the order in which somebody on call asks, with the alarms on top. It costs 3 USD a month,
 * as those that are free show 50 metrics at most.
 */
export function createDashboard(scope: Construct, seen: Seen, own: OwnMetrics, alarms: readonly Alarm[]): Dashboard {
  const { options, functions, queues, tables, edge } = seen;
  const heading = (text: string) => [new TextWidget({ markdown: `## ${text}`, width: 24, height: 1 })];
  return new Dashboard(scope, "Dashboard", {
    dashboardName: `${options.prefix}-${Aws.REGION}`, // an account has one set of names for all regions
    defaultInterval: Duration.hours(12),
    widgets: [
      [
        new AlarmStatusWidget({ title: "Alarms", alarms: [...alarms], width: 16, height: 6 }),
        new TextWidget({ markdown: whatToRun(options), width: 8, height: 6 }),
      ],
      heading("Agents: are they served, and what do they bring?"),
      agentsRow(own, functions),
      reportsRow(own),
      heading("Deliveries: do collectors get it, and how soon?"),
      deliveriesRow(own),
      delaysRow(own),
      heading("Waiting: what is not done yet?"),
      waitingRow(own, queues),
      queuesRow(queues),
      heading("Functions: do they run?"),
      functionsRow(functions),
      durationsRow(functions),
      heading("Tables: does DynamoDB take it?"),
      tablesRow(tables),
      ...(edge === undefined ? [] : [heading("Edge: is native gRPC served?"), edgeRow(own, edge)]),
    ],
  });
}

function whatToRun({ stackName }: Seen["options"]): string {
  const run = `npx flashpoint --stack ${stackName}`;
  return [
    "An alarm's name is the heading of its section in **infra/RUNBOOK.md**.",
    "```",
    `${run} why SERVICE`,
    `${run} deliveries list --status dead --status retrying`,
    `${run} collectors list`,
    `${run} policies list`,
    "```",
    "A figure of Flashpoint's own has no line while nothing happens.",
  ].join("\n");
}
