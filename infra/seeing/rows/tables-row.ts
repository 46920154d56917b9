import { type GraphWidget, MathExpression } from "aws-cdk-lib/aws-cloudwatch";
import { TABLES, type TableId } from "../../../shared/resources.ts";
import type { Tables } from "../../storage/tables.ts";
import { graph } from "../graph.ts";

/** What DynamoDB turns away or fails at. */
export function tablesRow(tables: Tables): GraphWidget[] {
  const ids = Object.keys(TABLES) as TableId[];
  const throttles = (metric: string) => ids.map((id) => tables[id].metric(metric, { statistic: "Sum", label: id }));
  return [
    graph("Reads turned away by DynamoDB", throttles("ReadThrottleEvents")),
    graph("Writes turned away by DynamoDB", throttles("WriteThrottleEvents")),
    graph(
      "DynamoDB's own errors",
      ids.map((id) => systemErrors(id, tables[id].tableName)),
    ),
  ];
}

/** DynamoDB tells these by operation only. */
function systemErrors(id: TableId, tableName: string): MathExpression {
  const search = `SEARCH('{AWS/DynamoDB,Operation,TableName} MetricName="SystemErrors" TableName="${tableName}"', 'Sum')`;
  return new MathExpression({ expression: `SUM(${search})`, label: id });
}
