import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { DynamoDBDocumentClient } from "@aws-sdk/lib-dynamodb";
import { type AwsOptions, identityOf, LIMITS } from "./aws-options.ts";

export interface Database {
  documents: DynamoDBDocumentClient;
  destroy(): void;
}

/** The client for DynamoDB alone, for whoever has no use for the others yet. */
export function createDatabase(options: AwsOptions = {}): Database {
  const { dynamodbEndpoint } = options;
  const dynamodb = new DynamoDBClient({
    ...LIMITS,
    ...identityOf(options),
    ...(dynamodbEndpoint && { endpoint: dynamodbEndpoint }),
  });
  return {
    documents: DynamoDBDocumentClient.from(dynamodb, {
      marshallOptions: { removeUndefinedValues: true },
      // The default throws on a number that JavaScript cannot hold exactly, and with it fails the whole batch: one
      // hand edit must not take other services' policies down. Validation judges the number later.
      unmarshallOptions: { wrapNumbers: Number },
    }),
    destroy: () => dynamodb.destroy(),
  };
}
