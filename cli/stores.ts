import type { Command } from "commander";
import type { AwsClients } from "../shared/aws/clients.ts";
import type { DeployedStack } from "../shared/aws/deployed-stack.ts";
import type { Config } from "../shared/config.ts";
import type { Services } from "../shared/services.ts";
import { hideSpinner, showSpinner } from "./terminal/spinner.ts";

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
  /** For verbs that look at the engines themselves. */
  aws: AwsClients;
  config: Config;
  /** What CloudFormation says, if --stack names a stack in AWS. */
  deployed: DeployedStack | undefined;
};

interface GlobalOptions {
  local?: boolean;
  stack?: string;
}

/** Opens what the verb needs and closes it when `work` has ended. The AWS SDK is loaded only here, to keep --help quick. */
export async function withStores<T>(command: Command, work: (stores: Stores) => Promise<T>): Promise<T> {
  const options = command.optsWithGlobals<GlobalOptions>();
  const { local } = options;
  showSpinner(local ? "waiting for the engines on this machine" : "waiting for AWS");
  try {
    return await withOpenStores(options, work);
  } finally {
    hideSpinner();
  }
}

async function withOpenStores<T>(options: GlobalOptions, work: (stores: Stores) => Promise<T>): Promise<T> {
  const { local } = options;
  const [{ config: loaded, deployed }, { createLogger }, { createServices }, { createAwsClients }, { withLoopback }] =
    await Promise.all([
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
    const { stack, collectorNetworks } = config;
    return await work({ ...services, stack, sqs: aws.sqs, collectorNetworks, aws, config, deployed });
  } finally {
    services.close();
  }
}

/** A stack in AWS says itself where everything is; whatever else is there is found by its name alone. */
async function configFor({ local, stack }: GlobalOptions): Promise<Pick<Stores, "config" | "deployed">> {
  const { loadConfig } = await import("../shared/config.ts");
  if (local || stack === undefined)
    return { config: loadConfig(process.env, { FLASHPOINT_STACK: stack }), deployed: undefined };
  const { readFlashpointStack, settingsOf } = await import("./stack/flashpoint-stack.ts");
  const deployed = await readFlashpointStack(stack);
  return { config: loadConfig({ ...process.env, ...settingsOf(deployed) }), deployed };
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
