import { queryObjects } from "node:v8";
import {
  BatchWriteItemCommand,
  CreateTableCommand,
  DynamoDBClient,
  QueryCommand,
  ScanCommand,
} from "@aws-sdk/client-dynamodb";
import { AbstractIterator } from "abstract-level";
import { expect, it, onTestFinished } from "vitest";
import { startEmbeddedDynamoDb } from "../../server/local/embedded-dynamodb.ts";
import { until } from "../support/until.ts";
import { temporaryFolder } from "../support/world.ts";

const TableName = "read-again-and-again";
const BY_DAY = {
  KeyConditionExpression: "#day = :today",
  ExpressionAttributeNames: { "#day": "day" },
  ExpressionAttributeValues: { ":today": { S: "today" } },
};

it("reads that are done leave nothing open behind, whether they read to the end or not", async () => {
  const folder = await temporaryFolder();
  const engine = await startEmbeddedDynamoDb({ host: "127.0.0.1", port: 0, dataDir: folder.path });
  const client = new DynamoDBClient({
    endpoint: `http://127.0.0.1:${engine.listening.port}`,
    region: "us-east-1",
    credentials: { accessKeyId: "local", secretAccessKey: "local" },
  });
  onTestFinished(async () => {
    client.destroy();
    await engine.close();
    await folder.remove();
  });
  await client.send(
    new CreateTableCommand({
      TableName,
      BillingMode: "PAY_PER_REQUEST",
      KeySchema: [
        { AttributeName: "day", KeyType: "HASH" },
        { AttributeName: "id", KeyType: "RANGE" },
      ],
      AttributeDefinitions: [
        { AttributeName: "day", AttributeType: "S" },
        { AttributeName: "id", AttributeType: "S" },
      ],
    }),
  );
  const puts = Array.from({ length: 20 }, (_, id) => ({
    PutRequest: { Item: { day: { S: "today" }, id: { S: String(id) } } },
  }));
  await until("the table is there", async () => {
    await client.send(new BatchWriteItemCommand({ RequestItems: { [TableName]: puts } }));
    return true;
  });
  // By a full collection of garbage: what is there is held by somebody. What is there before are the classes alone.
  const open = (): number => queryObjects(AbstractIterator, { format: "count" });
  const before = open();
  for (let read = 0; read < 20; read++) {
    for (const Limit of [undefined, 3]) {
      const found = [
        await client.send(new QueryCommand({ TableName, ...BY_DAY, Limit })),
        await client.send(new ScanCommand({ TableName, Limit })),
      ];
      expect(found.map(({ Count }) => Count)).toEqual([Limit ?? 20, Limit ?? 20]);
    }
  }
  await until("all are closed", () => open() <= before || undefined);
});
