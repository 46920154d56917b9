import {
  type AttributeDefinition,
  CreateTableCommand,
  type CreateTableCommandInput,
  type DynamoDBClient,
  ResourceInUseException,
} from "@aws-sdk/client-dynamodb";
import { BucketAlreadyOwnedByYou, CreateBucketCommand, type S3Client } from "@aws-sdk/client-s3";
import {
  CreateQueueCommand,
  GetQueueAttributesCommand,
  SetQueueAttributesCommand,
  type SQSClient,
} from "@aws-sdk/client-sqs";
import {
  deadLetterQueueName,
  QUEUES,
  type QueueDefinition,
  type QueueId,
  queueName,
  TABLES,
  type TableDefinition,
  type TableId,
  tableName,
} from "../../shared/resources.ts";

/**
 * Makes every table and queue of shared/resources.ts and the bucket of profiles, where they are not there yet. Expiry
 * is passed over: the embedded engines have none, and local/expiry.ts takes its place.
 */
export async function createResources(
  { stack, profileBucket }: { stack: string; profileBucket: string },
  { dynamodb, sqs, s3 }: { dynamodb: DynamoDBClient; sqs: SQSClient; s3: S3Client },
): Promise<void> {
  for (const [id, definition] of Object.entries(TABLES)) {
    await createTable(dynamodb, tableName(stack, id as TableId), definition);
  }
  for (const [id, definition] of Object.entries(QUEUES)) {
    await createQueueWithDeadLetters(sqs, stack, id as QueueId, definition);
  }
  await createBucket(s3, profileBucket);
}

async function createTable(dynamodb: DynamoDBClient, name: string, definition: TableDefinition): Promise<void> {
  const indexes = Object.entries(definition.indexes ?? {});
  const { key, sortKey } = definition;
  const keys = new Set([
    key,
    ...(sortKey === undefined ? [] : [sortKey]),
    ...indexes.flatMap(([, index]) => [index.partitionKey, index.sortKey]),
  ]);
  const input: CreateTableCommandInput = {
    TableName: name,
    BillingMode: "PAY_PER_REQUEST",
    AttributeDefinitions: [...keys].map((name): AttributeDefinition => ({ AttributeName: name, AttributeType: "S" })),
    KeySchema: [
      { AttributeName: key, KeyType: "HASH" },
      ...(sortKey === undefined ? [] : [{ AttributeName: sortKey, KeyType: "RANGE" as const }]),
    ],
    ...(indexes.length > 0 && {
      GlobalSecondaryIndexes: indexes.map(([IndexName, { partitionKey, sortKey }]) => ({
        IndexName,
        KeySchema: [
          { AttributeName: partitionKey, KeyType: "HASH" },
          { AttributeName: sortKey, KeyType: "RANGE" },
        ],
        Projection: { ProjectionType: "ALL" },
      })),
    }),
  };
  try {
    await dynamodb.send(new CreateTableCommand(input));
  } catch (error) {
    if (!(error instanceof ResourceInUseException)) throw error; // in use: it is there already
  }
}

async function createQueueWithDeadLetters(
  sqs: SQSClient,
  stack: string,
  id: QueueId,
  definition: QueueDefinition,
): Promise<void> {
  const retention = { MessageRetentionPeriod: String(definition.retentionSeconds) };
  const deadLetters = await createQueue(sqs, deadLetterQueueName(stack, id), retention);
  const { Attributes } = await sqs.send(
    new GetQueueAttributesCommand({ QueueUrl: deadLetters, AttributeNames: ["QueueArn"] }),
  );
  await createQueue(sqs, queueName(stack, id), {
    ...retention,
    VisibilityTimeout: String(definition.visibilityTimeoutSeconds),
    RedrivePolicy: JSON.stringify({
      deadLetterTargetArn: Attributes?.QueueArn,
      maxReceiveCount: definition.maxReceives,
    }),
  });
}

async function createBucket(s3: S3Client, Bucket: string): Promise<void> {
  try {
    await s3.send(new CreateBucketCommand({ Bucket }));
  } catch (error) {
    if (!(error instanceof BucketAlreadyOwnedByYou)) throw error;
  }
}

/** @returns the queue's URL. A queue that is there, of an earlier version perhaps, gets these attributes. */
async function createQueue(sqs: SQSClient, QueueName: string, Attributes: Record<string, string>): Promise<string> {
  const { QueueUrl = "" } = await sqs.send(new CreateQueueCommand({ QueueName }));
  await sqs.send(new SetQueueAttributesCommand({ QueueUrl, Attributes }));
  return QueueUrl;
}
