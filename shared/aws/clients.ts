import { DynamoDBClient, type DynamoDBClientConfig } from "@aws-sdk/client-dynamodb";
import { SQSClient, type SQSClientConfig } from "@aws-sdk/client-sqs";
import { DynamoDBDocumentClient } from "@aws-sdk/lib-dynamodb";

/**
 * Where the engines are and who we are to them. All unset: the AWS SDK's own rules, among them
 * AWS_ENDPOINT_URL_DYNAMODB and AWS_ENDPOINT_URL_SQS.
 */
export interface AwsOptions {
  dynamodbEndpoint?: string;
  sqsEndpoint?: string;
  region?: string;
  credentials?: { accessKeyId: string; secretAccessKey: string };
}

export interface AwsClients {
  documents: DynamoDBDocumentClient;
  sqs: SQSClient;
  destroy(): void;
}

// An agent's poll shares a loop with its uploads, so nobody may wait long: two tries of one second each fit into the
// bound that every caller sets on top (aws/deadline.ts).
const LIMITS = {
  maxAttempts: 2,
  requestHandler: { connectionTimeout: 500, requestTimeout: 1_000, throwOnRequestTimeout: true },
};

export function createAwsClients(options: AwsOptions = {}): AwsClients {
  const shared = {
    ...LIMITS,
    ...(options.region && { region: options.region }),
    ...(options.credentials && { credentials: options.credentials }),
  };
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
  const dynamodb = new DynamoDBClient(dynamodbConfig);
  const sqs = new SQSClient(sqsConfig);
  return {
    documents: DynamoDBDocumentClient.from(dynamodb, {
      marshallOptions: { removeUndefinedValues: true },
      // The default throws on a number that JavaScript cannot hold exactly, and with it fails the whole batch: one
      // hand edit must not take other services' policies down. Validation judges the number later.
      unmarshallOptions: { wrapNumbers: Number },
    }),
    sqs,
    destroy: () => {
      dynamodb.destroy();
      sqs.destroy();
    },
  };
}
