import { randomBytes } from "node:crypto";
import { mkdir, readdir, rm } from "node:fs/promises";
import { basename, join } from "node:path";
import { type Client, Code, createClient, type Interceptor } from "@connectrpc/connect";
import { createConnectTransport, createGrpcWebTransport } from "@connectrpc/connect-node";
import type { APIGatewayProxyStructuredResultV2, LambdaFunctionURLEvent, SQSBatchResponse, SQSEvent } from "aws-lambda";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { bundleFunction, type FunctionName } from "../../infra/bundle.ts";
import { type RecordingCollector, startRecordingCollector } from "../../server/demo/recording-collector.ts";
import { type LocalEngines, startLocalEngines } from "../../server/local/local-engines.ts";
import { makeToken, RANDOM_BYTES, tokenHash } from "../../shared/access/token.ts";
import { createAwsClients } from "../../shared/aws/clients.ts";
import { loadConfig } from "../../shared/config.ts";
import { ContinuousProfilingService } from "../../shared/gen/ebpf/profiling/Continuous_pb.js";
import { EBPFProfilingService } from "../../shared/gen/ebpf/profiling/Profile_pb.js";
import { createLogger } from "../../shared/log.ts";
import { createServices, type Services } from "../../shared/services.ts";
import { SECRET, webhookTo } from "../support/collectors.ts";
import { eventOf } from "../support/lambda-fetch.ts";
import { type LambdaProcess, lambdaEnvironment, startLambdaProcess } from "../support/lambda-process.ts";
import { type LambdaServer, startLambdaServer } from "../support/lambda-server.ts";
import { cpuPolicy, goodReport, servicesIn, taskIdIn } from "../support/policies.ts";
import { readPprof, totalsOf } from "../support/pprof-file.ts";
import { receiveAll } from "../support/receive-all.ts";
import { sqsEvent } from "../support/sqs-event.ts";
import { flushOf, onCpu } from "../support/stacks.ts";
import { type SynthesisedStack, synthesise } from "../support/synthesised-stack.ts";
import { FREE_PORTS, temporaryFolder } from "../support/world.ts";

const STACK = "bundled";
/** 9 ms for each ON_CPU sample, unless set otherwise. */
const PERIOD_NANOS = 9_000_000n;

/** The stack is synthesised, and three packages of it are started. */
const START_MS = 120_000;

type Consumer = LambdaProcess<SQSEvent, SQSBatchResponse>;

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
let synthesised: SynthesisedStack;
let engines: LocalEngines;
let stores: Services;
let collector: RecordingCollector;
let agentApi: LambdaProcess<LambdaFunctionURLEvent, APIGatewayProxyStructuredResultV2>;
let functionUrl: LambdaServer;
let dispatcher: Consumer;
let forwarder: Consumer;

/** Starts a function as it was synthesised, where no package can be found. */
async function start<Event, Answer>(name: FunctionName, more: Record<string, string> = {}) {
  return startPackage<Event, Answer>(name, synthesised.packageOf(name), more);
}

async function startPackage<Event, Answer>(name: FunctionName, packageDir: string, more: Record<string, string> = {}) {
  const elsewhere = join(folder.path, "var", basename(packageDir));
  await mkdir(elsewhere, { recursive: true });
  return startLambdaProcess<Event, Answer>(packageDir, elsewhere, {
    ...lambdaEnvironment(name, STACK, engines),
    ...more,
  });
}

beforeAll(async () => {
  folder = await temporaryFolder();
  synthesised = await synthesise(folder.path);
  const config = loadConfig(FREE_PORTS, { FLASHPOINT_STACK: STACK, FLASHPOINT_DATA_DIR: join(folder.path, "engines") });
  engines = await startLocalEngines(config);
  stores = createServices({ config, log: createLogger("silent"), aws: createAwsClients(engines.aws) });
  collector = await startRecordingCollector(SECRET);
  agentApi = await start("agent-api");
  functionUrl = await startLambdaServer(agentApi.handler);
  dispatcher = await start("task-dispatcher");
  forwarder = await start("task-forwarder", { FLASHPOINT_COLLECTOR_NETWORKS: "127.0.0.0/8" });
}, START_MS);
afterAll(async () => {
  await functionUrl.close();
  await Promise.all([agentApi, dispatcher, forwarder].map((started) => started?.stop()));
  await collector.close();
  stores.close();
  await engines.close();
  await folder.remove();
});

const messages = (queue: string, least: number): Promise<string[]> =>
  receiveAll(engines.aws, `${STACK}-${queue}`, least);

/** Reports a task, uploads a profile of it and hands everything on to the collector. */
async function reportAndProfile(
  agent: Client<typeof ContinuousProfilingService>,
  profiler: Client<typeof EBPFProfilingService>,
): Promise<string> {
  const taskId = taskIdIn(await agent.reportProfilingTask(goodReport()));
  await profiler.collectProfilingData(stream(flushOf(taskId, [onCpu(3, "main", "work"), onCpu(4, "main")])));
  expect(await dispatcher.handler(sqsEvent(await messages("tasks", 2)))).toEqual({ batchItemFailures: [] });
  expect(await forwarder.handler(sqsEvent(await messages("deliveries", 2)))).toEqual({ batchItemFailures: [] });
  return taskId;
}

async function* stream<T>(values: readonly T[]): AsyncIterable<T> {
  yield* values;
}

it("the stack is synthesised without credentials, settings or a home, and says what the checks found", () => {
  expect(synthesised.said).toMatch(/stack flashpoint has \d+ resources/);
  expect(synthesised.said).toContain("have 0 findings beside");
});

describe.each([
  ["Connect", createConnectTransport],
  ["gRPC-web", createGrpcWebTransport],
])(
  "the packages that were synthesised, run by plain Node with nothing but Lambda's environment, over %s",
  (name, createTransport) => {
    let agent: Client<typeof ContinuousProfilingService>;
    let profiler: Client<typeof EBPFProfilingService>;

    beforeAll(() => {
      const transport = createTransport({ baseUrl: functionUrl.url, httpVersion: "1.1" });
      agent = createClient(ContinuousProfilingService, transport);
      profiler = createClient(EBPFProfilingService, transport);
    });

    it("serve a policy", async () => {
      const { uuid } = await stores.policyStore.put(name, cpuPolicy(80), { updatedBy: "test" });
      expect(servicesIn(await agent.queryPolicies({ policies: [{ serviceName: name }] }))).toEqual([
        expect.objectContaining({ ServiceName: name, UUID: uuid }),
      ]);
    });

    it("carry a report and its profile to a webhook, signed", async () => {
      await stores.collectorStore.put(webhookTo(collector.url, { name: "hook", events: ["tasks", "profiles"] }));
      const taskId = await reportAndProfile(agent, profiler);

      const [profile] = await stores.profileStore.list(taskId);
      expect(totalsOf(readPprof(await stores.profileStorage.read(profile?.profile.objectKey ?? "")))).toEqual([
        7n,
        7n * PERIOD_NANOS,
      ]);
      const received = collector.received.filter(({ body }) => body.includes(taskId));
      expect(received.map(({ verified }) => verified)).toEqual([true, true]);
      const bodies = received.map(({ body }) => JSON.parse(body));
      expect(bodies.map(({ type }) => type).sort()).toEqual(
        expect.arrayContaining([expect.stringMatching(/task/i), expect.stringMatching(/profile/i)]),
      );
      expect((await stores.taskStore.get(taskId))?.deliveries.hook?.status).toBe("delivered");
      expect(profile?.deliveries.hook?.status ?? "").toBe("delivered");
    });
  },
);

it("each line that the packages write is JSON that CloudWatch reads: a line of the log or metrics", async () => {
  const lines = [agentApi, dispatcher, forwarder].flatMap(({ output }) => output().trim().split("\n")).filter(Boolean);
  expect(lines.length).toBeGreaterThan(0);
  for (const line of lines) expect(JSON.parse(line)).toSatisfy((said: object) => "_aws" in said || "level" in said);
});

it("the package for agents answers a call that it cannot serve, and goes on", async () => {
  const event = await eventOf(new Request(`${functionUrl.url}/nowhere`, { method: "POST", body: "x" }));
  expect(await agentApi.handler(event)).toMatchObject({ statusCode: 404 });
});

describe("the package for agents, without the parts that it loads when they are needed", () => {
  let crippled: typeof agentApi;
  let url: LambdaServer;
  let agent: Client<typeof ContinuousProfilingService>;

  beforeAll(async () => {
    const packageDir = join(folder.path, "packages", "agent-api-alone");
    bundleFunction("agent-api", packageDir);
    const parts = (await readdir(packageDir)).filter((file) => /^(log|other-calls)-/.test(file));
    expect(parts).toHaveLength(2);
    for (const part of parts) await rm(join(packageDir, part));
    const token = { FLASHPOINT_REQUIRE_TOKEN: "true" };
    crippled = await startPackage("agent-api", packageDir, token);
    url = await startLambdaServer(crippled.handler);
    agent = createClient(
      ContinuousProfilingService,
      createConnectTransport({ baseUrl: url.url, httpVersion: "1.1", interceptors: [await withToken()] }),
    );
  });
  afterAll(async () => {
    await url.close();
    await crippled.stop();
  });

  it("answers a poll, its token checked", async () => {
    await stores.policyStore.put("alone", cpuPolicy(70), { updatedBy: "test" });
    expect(servicesIn(await agent.queryPolicies({ policies: [{ serviceName: "alone" }] }))).toHaveLength(1);
  });

  it("loses no report: its agent is told to come again", async () => {
    await expect(agent.reportProfilingTask(goodReport())).rejects.toMatchObject({ code: Code.Unavailable });
    expect(servicesIn(await agent.queryPolicies({ policies: [{ serviceName: "alone" }] }))).toHaveLength(1);
  });
});

/** Lets every call carry a token that is in force. */
async function withToken(): Promise<Interceptor> {
  const token = makeToken(randomBytes(RANDOM_BYTES));
  await stores.tokenStore.put({ tokenHash: tokenHash(token), name: "test", createdAt: new Date().toISOString() });
  return (next) => (request) => {
    request.header.set("authentication", token);
    return next(request);
  };
}
