import { DynamoDBClient } from "@aws-sdk/client-dynamodb";

const dynamodb = new DynamoDBClient({});

/** The least that a function with DynamoDB behind it starts with. */
export const handler = (): Promise<string> => dynamodb.config.region();
