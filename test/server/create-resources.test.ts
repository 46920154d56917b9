import {
  DeleteTableCommand,
  DynamoDBClient,
  ListTablesCommand,
  PutItemCommand,
  ScanCommand,
} from "@aws-sdk/client-dynamodb";
import {
  GetQueueAttributesCommand,
  GetQueueUrlCommand,
  SendMessageCommand,
  SetQueueAttributesCommand,
  SQSClient,
} from "@aws-sdk/client-sqs";
import { expect, it, onTestFinished } from "vitest";
import { type LocalEngines, startLocalEngines } from "../../server/local/local-engines.ts";
import { loadConfig } from "../../shared/config.ts";
import { deadLetterQueueName, QUEUES, queueName, tableName } from "../../shared/resources.ts";
import { until } from "../support/until.ts";
import { FREE_PORTS, temporaryFolder } from "../support/world.ts";

it("makes a table that an earlier version did not have, beside those with their items", async () => {
  const folder = await temporaryFolder();
  const config = loadConfig(FREE_PORTS, { FLASHPOINT_DATA_DIR: folder.path });
  const openDynamoDb = ({ aws }: LocalEngines) =>
    new DynamoDBClient({ endpoint: aws.dynamodbEndpoint, region: aws.region, credentials: aws.credentials });
  const [policies, tokens] = [tableName(config.stack, "policies"), tableName(config.stack, "tokens")];

  const before = await startLocalEngines(config);
  const dynamodb = openDynamoDb(before);
  await dynamodb.send(new PutItemCommand({ TableName: policies, Item: { serviceName: { S: "checkout" } } }));
  await dynamodb.send(new DeleteTableCommand({ TableName: tokens }));
  await until("the table is gone", async () => {
    const { TableNames = [] } = await dynamodb.send(new ListTablesCommand());
    return TableNames.includes(tokens) ? undefined : true;
  });
  dynamodb.destroy();
  await before.close();

  const after = await startLocalEngines(config);
  const again = openDynamoDb(after);
  onTestFinished(async () => {
    again.destroy();
    await after.close();
    await folder.remove();
  });
  await again.send(new PutItemCommand({ TableName: tokens, Item: { tokenHash: { S: "new" } } }));
  expect((await again.send(new ScanCommand({ TableName: policies }))).Count).toBe(1);
});

it("brings the queues of an earlier version up to date, with what they hold", async () => {
  const folder = await temporaryFolder();
  const config = loadConfig(FREE_PORTS, { FLASHPOINT_DATA_DIR: folder.path });
  const opened: (() => Promise<void> | void)[] = [folder.remove];
  onTestFinished(async () => {
    for (const close of opened.toReversed()) await close();
  });

  async function open(engines: LocalEngines): Promise<{ sqs: SQSClient; QueueUrl: string | undefined }> {
    const { sqsEndpoint: endpoint, region, credentials } = engines.aws;
    const sqs = new SQSClient({ endpoint, region, credentials });
    opened.push(() => sqs.destroy());
    const QueueName = queueName(config.stack, "deliveries");
    return { sqs, QueueUrl: (await sqs.send(new GetQueueUrlCommand({ QueueName }))).QueueUrl };
  }

  const before = await startLocalEngines(config);
  const { sqs, QueueUrl } = await open(before);
  const deadLetterTargetArn = `arn:aws:sqs:us-east-1:000000000000:${deadLetterQueueName(config.stack, "deliveries")}`;
  const RedrivePolicy = JSON.stringify({ deadLetterTargetArn, maxReceiveCount: 10 });
  await sqs.send(
    new SetQueueAttributesCommand({ QueueUrl, Attributes: { RedrivePolicy, MessageRetentionPeriod: "60" } }),
  );
  await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: "kept" }));
  await before.close();

  const after = await startLocalEngines(config);
  opened.push(after.close);
  const reopened = await open(after);
  const { Attributes = {} } = await reopened.sqs.send(
    new GetQueueAttributesCommand({ QueueUrl: reopened.QueueUrl, AttributeNames: ["All"] }),
  );
  expect(JSON.parse(Attributes.RedrivePolicy ?? "")).toEqual({
    deadLetterTargetArn,
    maxReceiveCount: QUEUES.deliveries.maxReceives,
  });
  expect(Attributes.MessageRetentionPeriod).toBe(String(QUEUES.deliveries.retentionSeconds));
  expect(Attributes.ApproximateNumberOfMessages).toBe("1");
});
