import type { DynamoDBClientConfig } from "@aws-sdk/client-dynamodb";

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

// An agent's poll shares a loop with its uploads, so nobody may wait long: two tries of one second each fit into the
// bound that every caller sets on top (aws/deadline.ts).
export const LIMITS = {
  maxAttempts: 2,
  requestHandler: { connectionTimeout: 500, requestTimeout: 1_000, throwOnRequestTimeout: true },
};

/** Who we are, for any of the SDK's clients. */
export function identityOf({ region, credentials }: AwsOptions): Pick<DynamoDBClientConfig, "region" | "credentials"> {
  return { ...(region && { region }), ...(credentials && { credentials }) };
}
