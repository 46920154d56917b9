import type { Command } from "commander";
import type { AwsClients } from "../shared/aws/clients.ts";
import type { Config } from "../shared/config.ts";
import type { Services } from "../shared/services.ts";

export type Stores = Pick<
  Services,
  | "policyStore"
  | "policyChanges"
  | "collectorStore"
  | "collectorHealth"
  | "resolveSecrets"
  | "deliveryQueue"
  | "egress"
  | "reportStore"
  | "taskStore"
  | "budgetStore"
  | "profileStore"
  | "agentStore"
  | "tokenStore"
> & {
  /** What the names of tables and queues start with. */
  stack: string;
  sqs: AwsClients["sqs"];
  /** Where collectors may be beside public addresses, as the stack says or, without one in AWS, as it is set here. */
  collectorNetworks: Config["collectorNetworks"];
};

interface GlobalOptions {
  local?: boolean;
  stack?: string;
  json?: boolean;
}

/** Opens what the verb needs and closes it when `work` has ended. The AWS SDK is loaded only here, to keep --help quick. */
export async function withStores<T>(command: Command, work: (stores: Stores) => Promise<T>): Promise<T> {
  const options = command.optsWithGlobals<GlobalOptions>();
  const { local } = options;
  const [loaded, { createLogger }, { createServices }, { createAwsClients }, { withLoopback }] = await Promise.all([
    configFor(options),
    import("../shared/log.ts"),
    import("../shared/services.ts"),
    import("../shared/aws/clients.ts"),
    import("../server/local/local-aws.ts"),
  ]);
  const config = local ? withLoopback(loaded) : loaded;
  const aws = createAwsClients(local ? await localOptions(config) : {});
  const services = createServices({ config, log: createLogger("silent"), aws });
  try {
    return await work({ ...services, stack: config.stack, sqs: aws.sqs, collectorNetworks: config.collectorNetworks });
  } finally {
    services.close();
  }
}

/** A stack in AWS says itself where everything is; whatever else is there is found by its name alone. */
async function configFor({ local, stack }: GlobalOptions): Promise<Config> {
  const { loadConfig } = await import("../shared/config.ts");
  if (local || stack === undefined) return loadConfig(process.env, { FLASHPOINT_STACK: stack });
  const { readFlashpointStack, settingsOf } = await import("./stack/flashpoint-stack.ts");
  return loadConfig({ ...process.env, ...settingsOf(await readFlashpointStack(stack)) });
}

/** Where `npm start` has its engines under the same settings, unless the SDK's own variables name other addresses. */
async function localOptions({ dynamodbPort, sqsPort }: Pick<Config, "dynamodbPort" | "sqsPort">) {
  const { localAws } = await import("../server/local/local-aws.ts");
  const {
    AWS_ENDPOINT_URL_DYNAMODB: dynamodbEndpoint,
    AWS_ENDPOINT_URL_SQS: sqsEndpoint,
    AWS_ENDPOINT_URL_S3: s3Endpoint,
  } = process.env;
  return {
    ...localAws(`127.0.0.1:${dynamodbPort}`, `127.0.0.1:${sqsPort}`),
    ...(dynamodbEndpoint && { dynamodbEndpoint }),
    ...(sqsEndpoint && { sqsEndpoint }),
    ...(s3Endpoint && { s3Endpoint }),
  };
}
