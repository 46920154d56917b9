import { RemovalPolicy, Stack } from "aws-cdk-lib";
import { AttributeType, BillingMode, ProjectionType, Table } from "aws-cdk-lib/aws-dynamodb";
import { Construct, type IConstruct } from "constructs";
import { TABLES, type TableDefinition, type TableId, tableName } from "../../shared/resources.ts";
import type { StackOptions } from "../options/read-options.ts";

export type Tables = Readonly<Record<TableId, Table>>;

/** Every table, paid for by the request, restorable to any second of the last 35 days, and kept when the stack goes. */
export function createTables(scope: Construct, { prefix, stage }: Pick<StackOptions, "prefix" | "stage">): Tables {
  const room = new Construct(scope, "Tables");
  const kept = stage === "production";
  const create = (id: TableId, definition: TableDefinition): Table => {
    const { key, sortKey, indexes = {}, ttl } = definition;
    const table = new Table(room, id, {
      tableName: tableName(prefix, id),
      partitionKey: text(key),
      ...(sortKey && { sortKey: text(sortKey) }),
      billingMode: BillingMode.PAY_PER_REQUEST,
      pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
      deletionProtection: kept,
      removalPolicy: kept ? RemovalPolicy.RETAIN : RemovalPolicy.DESTROY,
      ...(ttl && { timeToLiveAttribute: ttl }),
    });
    for (const [indexName, { partitionKey, sortKey }] of Object.entries(indexes)) {
      table.addGlobalSecondaryIndex({
        indexName,
        partitionKey: text(partitionKey),
        sortKey: text(sortKey),
        projectionType: ProjectionType.ALL,
      });
    }
    return table;
  };
  const entries = Object.entries(TABLES).map(([id, definition]) => [id, create(id as TableId, definition)]);
  return Object.fromEntries(entries);
}

/** ARNs of the tables, by their names: who may use a table is settled before it is there. */
export function tableArns(
  scope: Construct,
  { prefix }: Pick<StackOptions, "prefix">,
): Readonly<Record<TableId, string>> {
  const arnOf = (id: TableId): string =>
    Stack.of(scope).formatArn({ service: "dynamodb", resource: "table", resourceName: tableName(prefix, id) });
  return Object.fromEntries(Object.keys(TABLES).map((id) => [id, arnOf(id as TableId)])) as Record<TableId, string>;
}

/**
 * Has the tables made after what may fail. Tables stay, even those of a first deployment that is rolled back, and would be
 * in the way of the next attempt.
 */
export function createTablesAfter(rest: readonly IConstruct[], { policies, ...others }: Tables): void {
  policies.node.addDependency(...rest);
  for (const table of Object.values(others)) table.node.addDependency(policies);
}

function text(name: string) {
  return { name, type: AttributeType.STRING };
}
