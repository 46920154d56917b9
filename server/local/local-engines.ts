import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { S3Client } from "@aws-sdk/client-s3";
import { SQSClient } from "@aws-sdk/client-sqs";
import type { AwsOptions } from "../../shared/aws/clients.ts";
import type { Config } from "../../shared/config.ts";
import { type Listening, reachableAt } from "../listening.ts";
import { createResources } from "./create-resources.ts";
import { holdDataFolder } from "./data-folder.ts";
import { localAws } from "./local-aws.ts";
import { startEngines } from "./start-engines.ts";

export interface LocalEngines {
  readonly dynamodb: Listening;
  /** S3 too. */
  readonly sqs: Listening;
  readonly aws: Required<AwsOptions>;
  close(): Promise<void>;
}

/** The engines have no lock on their door, so they stay on the machine, whatever address the agents' ports have. */
const ENGINE_HOST = "127.0.0.1";

/**
 * Starts embedded DynamoDB, SQS and S3 on the data folder, with every table, queue and bucket in them.
 * @throws StartError if the folder or a port cannot be had; nothing is left running then.
 */
export async function startLocalEngines(
  config: Pick<Config, "stack" | "profileBucket" | "dataDir" | "dynamodbPort" | "sqsPort">,
): Promise<LocalEngines> {
  const { dataDir, dynamodbPort, sqsPort } = config;
  const undo: (() => Promise<void> | void)[] = [];
  const close = async (): Promise<void> => {
    for (const step of undo.reverse()) await step();
  };
  try {
    const folder = holdDataFolder(dataDir);
    undo.push(folder.release);
    const engines = await startEngines({ host: ENGINE_HOST, dynamodbPort, sqsPort, dataDir });
    undo.push(engines.close);
    const { dynamodb, sqs } = engines;
    const aws = localAws(reachableAt(dynamodb), reachableAt(sqs));
    await makeResources(config, aws);
    return { dynamodb, sqs, aws, close };
  } catch (error) {
    await close();
    throw error;
  }
}

async function makeResources(names: Pick<Config, "stack" | "profileBucket">, aws: Required<AwsOptions>): Promise<void> {
  const { region, credentials } = aws;
  const dynamodb = new DynamoDBClient({ endpoint: aws.dynamodbEndpoint, region, credentials });
  const sqs = new SQSClient({ endpoint: aws.sqsEndpoint, region, credentials });
  const s3 = new S3Client({ endpoint: aws.s3Endpoint, region, credentials, forcePathStyle: true });
  try {
    await createResources(names, { dynamodb, sqs, s3 });
  } finally {
    dynamodb.destroy();
    sqs.destroy();
    s3.destroy();
  }
}
