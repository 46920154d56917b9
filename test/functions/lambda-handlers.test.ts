import { createClient } from "@connectrpc/connect";
import { createConnectTransport, createGrpcWebTransport } from "@connectrpc/connect-web";
import type { SQSBatchResponse, SQSEvent } from "aws-lambda";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import type { FunctionUrlHandler } from "../../functions/agent-api/function-url.ts";
import { type RecordingCollector, startRecordingCollector } from "../../server/demo/recording-collector.ts";
import { startLocalEngines } from "../../server/local/local-engines.ts";
import { createAwsClients } from "../../shared/aws/clients.ts";
import { loadConfig } from "../../shared/config.ts";
import { ContinuousProfilingService } from "../../shared/gen/ebpf/profiling/Continuous_pb.js";
import { createLogger } from "../../shared/log.ts";
import { createServices, type Services } from "../../shared/services.ts";
import { SECRET, webhookTo } from "../support/collectors.ts";
import { lambdaFetch } from "../support/lambda-fetch.ts";
import { cpuPolicy, goodReport, servicesIn, taskIdIn } from "../support/policies.ts";
import { receiveAll } from "../support/receive-all.ts";
import { sqsEvent } from "../support/sqs-event.ts";
import { FREE_PORTS, temporaryFolder } from "../support/world.ts";

const STACK = "in-lambda";

type BatchHandler = (event: SQSEvent) => Promise<SQSBatchResponse>;

/** The engines alone: nothing polls the queues but the test, as AWS would. */
let engines: Awaited<ReturnType<typeof startLocalEngines>>;
let folder: Awaited<ReturnType<typeof temporaryFolder>>;
let stores: Services;
let collector: RecordingCollector;
let agentApi: FunctionUrlHandler;
let taskDispatcher: BatchHandler;
let taskForwarder: BatchHandler;

beforeAll(async () => {
  folder = await temporaryFolder();
  const config = loadConfig(FREE_PORTS, { FLASHPOINT_STACK: STACK, FLASHPOINT_DATA_DIR: folder.path });
  engines = await startLocalEngines(config);
  stores = createServices({ config, log: createLogger("silent"), aws: createAwsClients(engines.aws) });
  collector = await startRecordingCollector(SECRET);

  // What Lambda gives a function: the environment, nothing else.
  vi.stubEnv("FLASHPOINT_STACK", STACK);
  vi.stubEnv("FLASHPOINT_LOG_LEVEL", "silent");
  vi.stubEnv("AWS_REGION", engines.aws.region);
  vi.stubEnv("AWS_ACCESS_KEY_ID", engines.aws.credentials.accessKeyId);
  vi.stubEnv("AWS_SECRET_ACCESS_KEY", engines.aws.credentials.secretAccessKey);
  vi.stubEnv("AWS_ENDPOINT_URL_DYNAMODB", engines.aws.dynamodbEndpoint);
  vi.stubEnv("AWS_ENDPOINT_URL_SQS", engines.aws.sqsEndpoint);
  ({ handler: agentApi } = await import("../../functions/agent-api/handler.ts"));
  ({ handler: taskDispatcher } = await import("../../functions/task-dispatcher/handler.ts"));
  ({ handler: taskForwarder } = await import("../../functions/task-forwarder/handler.ts"));
});
afterAll(async () => {
  vi.unstubAllEnvs();
  await collector.close();
  stores.close();
  await engines.close();
  await folder.remove();
});

describe("the three functions, with nothing but Lambda's environment", () => {
  it.each([
    ["Connect", createConnectTransport],
    ["gRPC-web", createGrpcWebTransport],
  ])("serve a policy over %s", async (_name, createTransport) => {
    await stores.policyStore.put("checkout", cpuPolicy(80), { updatedBy: "test" });
    const client = createClient(
      ContinuousProfilingService,
      createTransport({ baseUrl: "https://function-url.test", fetch: lambdaFetch(agentApi) }),
    );
    expect(servicesIn(await client.queryPolicies({ policies: [{ serviceName: "checkout" }] }))).toHaveLength(1);
  });

  it("carry a report from the agent to the collector", async () => {
    await stores.collectorStore.put(webhookTo(collector.url, { name: "hook" }));
    const transport = createConnectTransport({ baseUrl: "https://function-url.test", fetch: lambdaFetch(agentApi) });
    const client = createClient(ContinuousProfilingService, transport);
    const taskId = taskIdIn(await client.reportProfilingTask(goodReport()));

    const reported = await receiveAll(engines.aws, `${STACK}-tasks`, 1);
    expect(await taskDispatcher(sqsEvent(reported))).toEqual({ batchItemFailures: [] });
    expect((await stores.taskStore.get(taskId))?.deliveries.hook?.status).toBe("pending");

    // SQS may hand the same message out twice: still one record, and no collector is forgotten.
    expect(await taskDispatcher(sqsEvent(reported))).toEqual({ batchItemFailures: [] });
    const deliveries = await receiveAll(engines.aws, `${STACK}-deliveries`, 2);
    expect(await taskForwarder(sqsEvent(deliveries))).toEqual({ batchItemFailures: [] });
    expect((await stores.taskStore.list({ limit: 10 })).map(({ task }) => task.taskId)).toEqual([taskId]);
    expect((await stores.taskStore.get(taskId))?.deliveries.hook?.status).toBe("delivered");
    expect(new Set(collector.received.map(({ headers }) => headers["webhook-id"]))).toEqual(new Set([taskId]));
    expect(collector.received.every(({ verified }) => verified)).toBe(true);

    // Delivered is delivered: a third coming of the report sends nothing more.
    expect(await taskDispatcher(sqsEvent(reported))).toEqual({ batchItemFailures: [] });
    expect(await receiveAll(engines.aws, `${STACK}-deliveries`, 0)).toEqual([]);
  });
});
