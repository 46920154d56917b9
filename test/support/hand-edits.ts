import { type AttributeValue, DynamoDBClient, GetItemCommand, PutItemCommand } from "@aws-sdk/client-dynamodb";
import { type TableId, tableName } from "../../shared/resources.ts";
import type { World } from "./world.ts";

/** A policy's `targets` as somebody types them into the console. */
export const TYPED_TARGETS: AttributeValue = {
  M: { ON_CPU: { M: { PROCESS_CPU: { M: { threshold: { N: "80" }, period: { N: "10" }, count: { N: "3" } } } } } },
};

/** DynamoDB's console: items go in and out in its own notation, past everything that Flashpoint knows of them. */
export interface HandEdits {
  put(table: TableId, item: Record<string, AttributeValue>): Promise<void>;
  /** @returns undefined if there is no such item. */
  get(table: TableId, key: Record<string, AttributeValue>): Promise<Record<string, AttributeValue> | undefined>;
  close(): void;
}

export function openHandEdits({
  config,
  server,
}: Pick<World, "config"> & { server: Pick<World["server"], "engines"> }): HandEdits {
  const { dynamodbEndpoint: endpoint, region, credentials } = server.engines.aws;
  const dynamodb = new DynamoDBClient({ endpoint, region, credentials });
  return {
    async put(table, Item) {
      await dynamodb.send(new PutItemCommand({ TableName: tableName(config.stack, table), Item }));
    },
    async get(table, Key) {
      const TableName = tableName(config.stack, table);
      return (await dynamodb.send(new GetItemCommand({ TableName, Key, ConsistentRead: true }))).Item;
    },
    close: () => dynamodb.destroy(),
  };
}
