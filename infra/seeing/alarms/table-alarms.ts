import { Duration } from "aws-cdk-lib";
import { type IMetric, MathExpression, Metric } from "aws-cdk-lib/aws-cloudwatch";
import type { Table } from "aws-cdk-lib/aws-dynamodb";
import { TABLES, type TableId } from "../../../shared/resources.ts";
import type { Tables } from "../../storage/tables.ts";
import type { AlarmDefinition } from "../alarm.ts";

/**
 * The command line waits for it by itself, and tells who runs it. Beside a poll, the repair of a hand edit waits for it, 400 ms
 * at most, and the next poll does it again. An alarm has no room for one table more.
 */
const UNWATCHED: TableId = "policyHistory";

/** DynamoDB takes no more for the moment, from any of the tables that agents and functions wait for. */
export function tableAlarms(tables: Tables): AlarmDefinition[] {
  const ids = (Object.keys(TABLES) as TableId[]).filter((id) => id !== UNWATCHED);
  const shared = { threshold: 1, raised: "from", periods: [2, 3], tellsWhenOver: true } as const;
  return [
    {
      ...shared,
      name: "table-read-throttles",
      meaning: "DynamoDB turns reads away: agents and functions wait or are answered UNAVAILABLE.",
      metric: together(ids.map((id) => tables[id].metric("ReadThrottleEvents", { statistic: "Sum" }))),
    },
    {
      ...shared,
      name: "table-write-throttles",
      meaning: "DynamoDB turns writes away: what is to be recorded waits and is tried again.",
      metric: together([
        ...ids.map((id) => tables[id].metric("WriteThrottleEvents", { statistic: "Sum" })),
        ...ids.flatMap((id) => indexWrites(id, tables[id])),
      ]),
    },
  ];
}

/** An index that takes no more holds up the writes of its table, and only the index says so. */
function indexWrites(id: TableId, { tableName }: Table): IMetric[] {
  const definition = TABLES[id];
  const indexes = "indexes" in definition ? Object.keys(definition.indexes) : [];
  return indexes.map(
    (index) =>
      new Metric({
        namespace: "AWS/DynamoDB",
        metricName: "WriteThrottleEvents",
        dimensionsMap: { TableName: tableName, GlobalSecondaryIndexName: index },
        statistic: "Sum",
      }),
  );
}

/** Of ten metrics at most, which is what an alarm takes and the writes have. A sum of a list passes over those that say nothing. */
function together(metrics: readonly IMetric[]): MathExpression {
  const usingMetrics = Object.fromEntries(metrics.map((metric, index) => [`m${index}`, metric]));
  const expression = `SUM([${Object.keys(usingMetrics).join(", ")}])`;
  return new MathExpression({ expression, label: "all tables", usingMetrics, period: Duration.minutes(5) });
}
