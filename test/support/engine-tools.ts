import {
  DeleteTableCommand,
  DescribeTableCommand,
  DynamoDBClient,
  ResourceNotFoundException,
} from "@aws-sdk/client-dynamodb";
import { S3Client } from "@aws-sdk/client-s3";
import { SQSClient } from "@aws-sdk/client-sqs";
import { createResources } from "../../server/local/create-resources.ts";
import type { AwsOptions } from "../../shared/aws/clients.ts";
import { defaultProfileBucket } from "../../shared/resources.ts";
import { until } from "./until.ts";

/** The SDK's clients, as any AWS tool has them. */
export interface EngineTools {
  readonly dynamodb: DynamoDBClient;
  readonly sqs: SQSClient;
  readonly s3: S3Client;
  /** Makes all tables, queues and the bucket of another stack. */
  makeStack(stack: string): Promise<void>;
  /** Deletes a table, and waits until it is gone. */
  dropTable(TableName: string): Promise<void>;
  close(): void;
}

export function openEngineTools({ region, credentials, ...aws }: Required<AwsOptions>): EngineTools {
  const dynamodb = new DynamoDBClient({ endpoint: aws.dynamodbEndpoint, region, credentials });
  const sqs = new SQSClient({ endpoint: aws.sqsEndpoint, region, credentials });
  const s3 = new S3Client({ endpoint: aws.s3Endpoint, region, credentials, forcePathStyle: true });
  return {
    dynamodb,
    sqs,
    s3,
    makeStack: (stack) => createResources({ stack, profileBucket: defaultProfileBucket(stack) }, { dynamodb, sqs, s3 }),
    async dropTable(TableName) {
      await dynamodb.send(new DeleteTableCommand({ TableName }));
      await until(`${TableName} is gone`, () =>
        dynamodb.send(new DescribeTableCommand({ TableName })).then(
          () => undefined,
          (error) => (error instanceof ResourceNotFoundException ? true : undefined),
        ),
      );
    },
    close() {
      dynamodb.destroy();
      sqs.destroy();
      s3.destroy();
    },
  };
}
