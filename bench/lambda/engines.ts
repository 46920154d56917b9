import { randomBytes } from "node:crypto";
import { type LocalEngines, startLocalEngines } from "../../server/local/local-engines.ts";
import { makeToken, RANDOM_BYTES, tokenHash } from "../../shared/access/token.ts";
import { createAwsClients } from "../../shared/aws/clients.ts";
import { loadConfig } from "../../shared/config.ts";
import { createLogger } from "../../shared/log.ts";
import { createServices, type Services } from "../../shared/services.ts";
import { POLICIES } from "../unchanged-poll.ts";

/** The engines that functions use, in this process: for a function it is another one. */
export interface FunctionEngines {
  readonly aws: LocalEngines["aws"];
  /** Of an agent that may do everything. */
  readonly token: string;
  /** Where a function finds the engines, and that it is to ask for tokens. */
  readonly variables: Record<string, string>;
  readonly stores: Services;
  stop(): Promise<void>;
}

/** Starts them with the policies of the poll and a token in them. */
export async function startFunctionEngines(dataDir: string): Promise<FunctionEngines> {
  const ports = { FLASHPOINT_DYNAMODB_PORT: "0", FLASHPOINT_SQS_PORT: "0" };
  const config = loadConfig({ ...ports, FLASHPOINT_DATA_DIR: dataDir });
  const engines = await startLocalEngines(config);
  const { aws } = engines;
  const stores = createServices({ config, log: createLogger("silent"), aws: createAwsClients(aws) });
  const stop = async (): Promise<void> => {
    stores.close();
    await engines.close();
  };
  try {
    return { aws, stores, token: await fill(stores), variables: variablesOf(aws), stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** @returns the token. */
async function fill({ policyStore, tokenStore }: Services): Promise<string> {
  for (const { serviceName, targets } of POLICIES) await policyStore.put(serviceName, targets, { updatedBy: "bench" });
  const token = makeToken(randomBytes(RANDOM_BYTES));
  const createdAt = new Date().toISOString();
  await tokenStore.put({ tokenHash: tokenHash(token), name: "bench", createdAt });
  return token;
}

function variablesOf(aws: LocalEngines["aws"]): Record<string, string> {
  return {
    FLASHPOINT_REQUIRE_TOKEN: "true",
    AWS_REGION: aws.region,
    AWS_ACCESS_KEY_ID: aws.credentials.accessKeyId,
    AWS_SECRET_ACCESS_KEY: aws.credentials.secretAccessKey,
    AWS_ENDPOINT_URL_DYNAMODB: aws.dynamodbEndpoint,
    AWS_ENDPOINT_URL_SQS: aws.sqsEndpoint,
    AWS_ENDPOINT_URL_S3: aws.s3Endpoint,
  };
}
