import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import type { SQSBatchResponse, SQSEvent } from "aws-lambda";
import { bundleFunction, type FunctionName } from "../../infra/bundle.ts";
import { type LocalEngines, startLocalEngines } from "../../server/local/local-engines.ts";
import { createAwsClients } from "../../shared/aws/clients.ts";
import { loadConfig } from "../../shared/config.ts";
import { createLogger } from "../../shared/log.ts";
import { createServices, type Services } from "../../shared/services.ts";
import { type Bucket, openBucket } from "./bucket.ts";
import { environmentOf, type ProgramName } from "./deployed-program.ts";
import { type HandEdits, openHandEdits } from "./hand-edits.ts";
import { type LambdaProcess, lambdaEnvironment, startLambdaProcess } from "./lambda-process.ts";
import { type PermissionRecorder, startPermissionRecorder } from "./permission-recorder.ts";
import { type SecretsManagerDouble, startSecretsManagerDouble } from "./secrets-manager-double.ts";
import { type ServerProcess, startServerProcess } from "./server-process.ts";
import type { ReadTemplate } from "./stack.ts";
import { FREE_PORTS, temporaryFolder } from "./world.ts";

/**
 * What the stack deploys, with the environment that the template says, before the embedded engines: between them stands
 * the recorder, which knows each by an access key of its own, the program's name. What the test does goes around it.
 */
export interface RoleWorld {
  readonly recorder: PermissionRecorder;
  readonly engines: LocalEngines;
  readonly stores: Services;
  readonly hand: HandEdits;
  readonly bucket: Bucket;
  readonly secrets: SecretsManagerDouble;
  startFunction<Event = SQSEvent, Answer = SQSBatchResponse>(name: FunctionName): Promise<LambdaProcess<Event, Answer>>;
  startEdge(): Promise<ServerProcess>;
  stop(): Promise<void>;
}

export async function startRoleWorld(template: ReadTemplate): Promise<RoleWorld> {
  const folder = await temporaryFolder();
  const settings = environmentOf(template, "agent-api");
  const config = loadConfig(FREE_PORTS, settings, { FLASHPOINT_DATA_DIR: join(folder.path, "engines") });
  const engines = await startLocalEngines(config);
  const secrets = await startSecretsManagerDouble();
  const recorder = await startPermissionRecorder({
    dynamodb: engines.aws.dynamodbEndpoint,
    sqs: engines.aws.sqsEndpoint,
    s3: engines.aws.s3Endpoint,
    secretsmanager: secrets.url,
  });
  const stores = createServices({ config, log: createLogger("silent"), aws: createAwsClients(engines.aws) });
  const hand = openHandEdits({ config, server: { engines } });
  const bucket = openBucket(config, engines);
  const started: (() => Promise<unknown>)[] = [];

  function environment(name: ProgramName): Record<string, string> {
    const { url } = recorder;
    const credentials = { accessKeyId: name, secretAccessKey: "local" };
    const aws = { ...engines.aws, credentials, dynamodbEndpoint: url, sqsEndpoint: url, s3Endpoint: url };
    return {
      ...lambdaEnvironment(name, config.stack, { aws }),
      AWS_ENDPOINT_URL_SECRETS_MANAGER: url,
      ...environmentOf(template, name),
    };
  }

  return {
    recorder,
    engines,
    stores,
    hand,
    bucket,
    secrets,
    async startFunction(name) {
      const packageDir = join(folder.path, "packages", name);
      const elsewhere = join(folder.path, "var", name);
      await mkdir(elsewhere, { recursive: true });
      bundleFunction(name, packageDir);
      const lambda = await startLambdaProcess<never, never>(packageDir, elsewhere, environment(name));
      started.push(lambda.stop);
      return lambda as never;
    },
    async startEdge() {
      const dataDir = join(folder.path, "edge");
      await mkdir(dataDir);
      const server = await startServerProcess(dataDir, { mode: "serve", env: environment("edge") });
      started.push(() => server.kill("SIGTERM"));
      return server;
    },
    async stop() {
      for (const end of started) await end();
      hand.close();
      bucket.close();
      stores.close();
      await recorder.close();
      await secrets.close();
      await engines.close();
      await folder.remove();
    },
  };
}
