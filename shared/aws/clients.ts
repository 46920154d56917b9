import { DynamoDBClient, type DynamoDBClientConfig } from "@aws-sdk/client-dynamodb";
import type { S3ClientConfig } from "@aws-sdk/client-s3";
import { SQSClient, type SQSClientConfig } from "@aws-sdk/client-sqs";
import { DynamoDBDocumentClient } from "@aws-sdk/lib-dynamodb";
import { createS3Sender, type S3Sender } from "./s3-sender.ts";

/**
 * Where the engines are and who we are to them. All unset: the AWS SDK's own rules, among them
 * AWS_ENDPOINT_URL_DYNAMODB, AWS_ENDPOINT_URL_SQS and AWS_ENDPOINT_URL_S3.
 */
export interface AwsOptions {
  dynamodbEndpoint?: string;
  sqsEndpoint?: string;
  s3Endpoint?: string;
  region?: string;
  credentials?: { accessKeyId: string; secretAccessKey: string };
}

export interface AwsClients {
  documents: DynamoDBDocumentClient;
  sqs: SQSClient;
  s3Sender: S3Sender;
  /** What the SDK's client for S3 takes, for whoever reads there too. It is too large to be made here. */
  s3Config: S3ClientConfig;
  destroy(): void;
}

// An agent's poll shares a loop with its uploads, so nobody may wait long: two tries of one second each fit into the
// bound that every caller sets on top (aws/deadline.ts).
const LIMITS = {
  maxAttempts: 2,
  requestHandler: { connectionTimeout: 500, requestTimeout: 1_000, throwOnRequestTimeout: true },
};

// A profile has megabytes, so one try may take as long as all of it may.
const OBJECT_LIMITS = {
  maxAttempts: 2,
  requestHandler: { connectionTimeout: 500, requestTimeout: 2_000, throwOnRequestTimeout: true },
};

export function createAwsClients(options: AwsOptions = {}): AwsClients {
  const identity = {
    ...(options.region && { region: options.region }),
    ...(options.credentials && { credentials: options.credentials }),
  };
  const shared = { ...LIMITS, ...identity };
  const dynamodbConfig: DynamoDBClientConfig = {
    ...shared,
    ...(options.dynamodbEndpoint && { endpoint: options.dynamodbEndpoint }),
  };
  const sqsConfig: SQSClientConfig = {
    ...shared,
    // The default sends to the host in the queue's URL, over the endpoint that the environment names; an emulator's
    // queue URLs may carry a host that nobody can resolve.
    useQueueUrlAsEndpoint: false,
    ...(options.sqsEndpoint && { endpoint: options.sqsEndpoint }),
  };
  const s3Config: S3ClientConfig = {
    ...OBJECT_LIMITS,
    ...identity,
    // Bucket in the path, which S3 and every emulator understand; in the host name it needs a DNS entry of its own.
    forcePathStyle: true,
    ...(options.s3Endpoint && { endpoint: options.s3Endpoint }),
  };
  const dynamodb = new DynamoDBClient(dynamodbConfig);
  const sqs = new SQSClient(sqsConfig);
  const s3Sender = createS3Sender({ ...OBJECT_LIMITS, endpoint: options.s3Endpoint, identity: sqs.config });
  return {
    documents: DynamoDBDocumentClient.from(dynamodb, {
      marshallOptions: { removeUndefinedValues: true },
      // The default throws on a number that JavaScript cannot hold exactly, and with it fails the whole batch: one
      // hand edit must not take other services' policies down. Validation judges the number later.
      unmarshallOptions: { wrapNumbers: Number },
    }),
    sqs,
    s3Sender,
    s3Config,
    destroy() {
      dynamodb.destroy();
      sqs.destroy();
      s3Sender.destroy();
    },
  };
}
