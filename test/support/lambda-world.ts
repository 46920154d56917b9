import { type Client, createClient } from "@connectrpc/connect";
import { createConnectTransport } from "@connectrpc/connect-web";
import type { SQSBatchResponse, SQSEvent } from "aws-lambda";
import { vi } from "vitest";
import type { FunctionUrlHandler } from "../../functions/agent-api/function-url.ts";
import { type LocalEngines, startLocalEngines } from "../../server/local/local-engines.ts";
import { createAwsClients } from "../../shared/aws/clients.ts";
import { loadConfig } from "../../shared/config.ts";
import { ContinuousProfilingService } from "../../shared/gen/ebpf/profiling/Continuous_pb.js";
import { createLogger } from "../../shared/log.ts";
import { createServices, type Services } from "../../shared/services.ts";
import { lambdaFetch } from "./lambda-fetch.ts";
import { FREE_PORTS, temporaryFolder } from "./world.ts";

export const FUNCTION_URL = "https://function-url.test";

type BatchHandler = (event: SQSEvent) => Promise<SQSBatchResponse>;

/** The three functions and the engines alone: nothing polls the queues but the test, as AWS would. */
export interface LambdaWorld {
  readonly stack: string;
  readonly engines: LocalEngines;
  /** The same tables, for the test to look into. */
  readonly stores: Services;
  readonly agentApi: FunctionUrlHandler;
  readonly taskDispatcher: BatchHandler;
  readonly taskForwarder: BatchHandler;
  /** An agent's calls through the Function URL, over Connect. */
  readonly agent: Client<typeof ContinuousProfilingService>;
  stop(): Promise<void>;
}

/** Starts the functions' own entry files, with nothing but Lambda's environment. Once in a test file: files load once. */
export async function startLambdaWorld(stack: string): Promise<LambdaWorld> {
  const folder = await temporaryFolder();
  const config = loadConfig(FREE_PORTS, { FLASHPOINT_STACK: stack, FLASHPOINT_DATA_DIR: folder.path });
  const engines = await startLocalEngines(config);
  const stores = createServices({ config, log: createLogger("silent"), aws: createAwsClients(engines.aws) });

  vi.stubEnv("FLASHPOINT_STACK", stack);
  vi.stubEnv("FLASHPOINT_LOG_LEVEL", "silent");
  vi.stubEnv("FLASHPOINT_COLLECTOR_NETWORKS", "127.0.0.0/8");
  vi.stubEnv("AWS_REGION", engines.aws.region);
  vi.stubEnv("AWS_ACCESS_KEY_ID", engines.aws.credentials.accessKeyId);
  vi.stubEnv("AWS_SECRET_ACCESS_KEY", engines.aws.credentials.secretAccessKey);
  vi.stubEnv("AWS_ENDPOINT_URL_DYNAMODB", engines.aws.dynamodbEndpoint);
  vi.stubEnv("AWS_ENDPOINT_URL_SQS", engines.aws.sqsEndpoint);
  const { handler: agentApi } = await import("../../functions/agent-api/handler.ts");
  const { handler: taskDispatcher } = await import("../../functions/task-dispatcher/handler.ts");
  const { handler: taskForwarder } = await import("../../functions/task-forwarder/handler.ts");
  const transport = createConnectTransport({ baseUrl: FUNCTION_URL, fetch: lambdaFetch(agentApi) });

  return {
    stack,
    engines,
    stores,
    agentApi,
    taskDispatcher,
    taskForwarder,
    agent: createClient(ContinuousProfilingService, transport),
    async stop() {
      vi.unstubAllEnvs();
      stores.close();
      await engines.close();
      await folder.remove();
    },
  };
}
