import type { S3ClientConfig } from "@aws-sdk/client-s3";
import { SQSClient, type SQSClientConfig } from "@aws-sdk/client-sqs";
import type { DynamoDBDocumentClient } from "@aws-sdk/lib-dynamodb";
import { type AwsOptions, identityOf, LIMITS } from "./aws-options.ts";
import { createDatabase } from "./database.ts";
import { createS3Reader, type S3Reader } from "./s3-reader.ts";
import { createS3Requests } from "./s3-requests.ts";
import { createS3Sender, type S3Sender } from "./s3-sender.ts";

export type { AwsOptions } from "./aws-options.ts";

export interface AwsClients {
  documents: DynamoDBDocumentClient;
  sqs: SQSClient;
  s3Sender: S3Sender;
  s3Reader: S3Reader;
  /** What the SDK's client for S3 takes, for whoever does more there. It is too large to be made here. */
  s3Config: S3ClientConfig;
  destroy(): void;
}

// A profile has megabytes, so one try may take as long as all of it may.
const OBJECT_LIMITS = {
  maxAttempts: 2,
  requestHandler: { connectionTimeout: 500, requestTimeout: 2_000, throwOnRequestTimeout: true },
};

/** @param database the client for DynamoDB, if there is one already. */
export function createAwsClients(options: AwsOptions = {}, database = createDatabase(options)): AwsClients {
  const identity = identityOf(options);
  const sqsConfig: SQSClientConfig = {
    ...LIMITS,
    ...identity,
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
  const sqs = new SQSClient(sqsConfig);
  const s3 = createS3Requests({ ...OBJECT_LIMITS, endpoint: options.s3Endpoint, identity: sqs.config });
  return {
    documents: database.documents,
    sqs,
    s3Sender: createS3Sender(s3),
    s3Reader: createS3Reader(s3),
    s3Config,
    destroy() {
      database.destroy();
      sqs.destroy();
      s3.destroy();
    },
  };
}
