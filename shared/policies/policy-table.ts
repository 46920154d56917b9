import {
  type AttributeValue,
  DeleteItemCommand,
  DescribeTableCommand,
  GetItemCommand,
  PutItemCommand,
  ScanCommand,
  type ScanCommandOutput,
} from "@aws-sdk/client-dynamodb";
import type { DynamoDBDocumentClient } from "@aws-sdk/lib-dynamodb";
import { marshall } from "@aws-sdk/util-dynamodb";
import { withinDeadline } from "../aws/deadline.ts";
import type { Persist } from "../aws/persistence.ts";
import { isServiceName, type Policy } from "./policy.ts";
import { writePolicyItem } from "./policy-item.ts";
import { ATTRIBUTES, type RawItem, type SeenPolicy, seenPolicy } from "./seen-policy.ts";

/**
 * The table of policies as those change it who look first: reads are consistent, and a write is refused with DynamoDB's
 * ConditionalCheckFailedException unless everything is as it was seen.
 */
export interface PolicyTable {
  see(serviceName: string): Promise<SeenPolicy | undefined>;
  /** Every policy, by the name of its service. */
  seeAll(): Promise<Map<string, SeenPolicy>>;
  put(policy: Policy, over: SeenPolicy | undefined): Promise<void>;
  delete(seen: SeenPolicy): Promise<void>;
  /** Which table this is, among those of the same name elsewhere or before. */
  identity(): Promise<TableIdentity>;
}

export interface TableIdentity {
  readonly arn: string;
  /** Another one once the table was made anew. */
  readonly id: string;
}

export function createPolicyTable(options: {
  documents: DynamoDBDocumentClient;
  table: string;
  persist: Persist;
}): PolicyTable {
  const { documents, table, persist } = options;
  const request = <T>(send: (signal: AbortSignal) => Promise<T>) => persist(() => withinDeadline("DynamoDB", send));

  return {
    async see(serviceName) {
      if (!isServiceName(serviceName)) return undefined;
      const Key = { serviceName: { S: serviceName } };
      const { Item } = await request((abortSignal) =>
        documents.send(new GetItemCommand({ TableName: table, Key, ConsistentRead: true }), { abortSignal }),
      );
      return Item && seenPolicy(Item);
    },

    async seeAll() {
      const all = new Map<string, SeenPolicy>();
      let ExclusiveStartKey: Record<string, AttributeValue> | undefined;
      do {
        const page: ScanCommandOutput = await request((abortSignal) =>
          documents.send(new ScanCommand({ TableName: table, ConsistentRead: true, ExclusiveStartKey }), {
            abortSignal,
          }),
        );
        for (const item of page.Items ?? []) {
          const seen = seenPolicy(item);
          all.set(item.serviceName?.S ?? "", seen);
        }
        ExclusiveStartKey = page.LastEvaluatedKey;
      } while (ExclusiveStartKey !== undefined);
      return all;
    },

    async put(policy, over) {
      const Item = marshall(writePolicyItem(policy), { removeUndefinedValues: true });
      await request((abortSignal) =>
        documents.send(new PutItemCommand({ TableName: table, Item, ...asSeen(over?.raw) }), { abortSignal }),
      );
    },

    async identity() {
      const { Table = {} } = await request((abortSignal) =>
        documents.send(new DescribeTableCommand({ TableName: table }), { abortSignal }),
      );
      return { arn: Table.TableArn ?? table, id: Table.TableId ?? String(Table.CreationDateTime?.getTime() ?? "") };
    },

    async delete({ raw }) {
      const Key = { serviceName: raw.serviceName as AttributeValue };
      await request((abortSignal) =>
        documents.send(new DeleteItemCommand({ TableName: table, Key, ...asSeen(raw) }), { abortSignal }),
      );
    },
  };
}

/** Holds of an item that has each attribute of a policy as this one has, and none that it lacks; of none, if there was none. */
function asSeen(raw: RawItem | undefined) {
  if (raw === undefined) return { ConditionExpression: "attribute_not_exists(serviceName)" };
  const names: Record<string, string> = {};
  const values: Record<string, AttributeValue> = {};
  const conditions = ATTRIBUTES.map((attribute, index) => {
    const seen = raw[attribute];
    names[`#a${index}`] = attribute;
    if (seen === undefined) return `attribute_not_exists(#a${index})`;
    values[`:a${index}`] = seen;
    return `#a${index} = :a${index}`;
  });
  return {
    ConditionExpression: ["attribute_exists(serviceName)", ...conditions].join(" AND "),
    ExpressionAttributeNames: names,
    ...(Object.keys(values).length > 0 && { ExpressionAttributeValues: values }),
  };
}
