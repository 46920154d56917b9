import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { ConnectError, createClient } from "@connectrpc/connect";
import type { APIGatewayProxyStructuredResultV2, LambdaFunctionURLEvent, SQSBatchResponse, SQSEvent } from "aws-lambda";
import { afterAll, beforeAll, expect, it } from "vitest";
import { bundleFunction, type FunctionName } from "../../infra/bundle.ts";
import { type LocalEngines, startLocalEngines } from "../../server/local/local-engines.ts";
import { createAwsClients } from "../../shared/aws/clients.ts";
import { loadConfig } from "../../shared/config.ts";
import { ContinuousProfilingService } from "../../shared/gen/ebpf/profiling/Continuous_pb.js";
import { EBPFProfilingService } from "../../shared/gen/ebpf/profiling/Profile_pb.js";
import { createLogger } from "../../shared/log.ts";
import { createServices, type Services } from "../../shared/services.ts";
import { CALL_ROADS, CALLS } from "../support/agent-calls.ts";
import { type LambdaProcess, lambdaEnvironment, startLambdaProcess } from "../support/lambda-process.ts";
import { type LambdaServer, startLambdaServer } from "../support/lambda-server.ts";
import { plantSecrets } from "../support/planted-secrets.ts";
import { goodReport, taskIdIn } from "../support/policies.ts";
import { receiveAll } from "../support/receive-all.ts";
import { plantLinks, type SecretiveCollectors, startSecretiveCollectors } from "../support/secretive-collectors.ts";
import { type SpitefulAws, startSpitefulAws } from "../support/spiteful-aws.ts";
import { sqsEvent } from "../support/sqs-event.ts";
import { flushOf, onCpu } from "../support/stacks.ts";
import { authentication, bearer, issueToken, newToken } from "../support/tokens.ts";
import { FREE_PORTS, temporaryFolder } from "../support/world.ts";

const STACK = "secretive";
const RUN_MS = 120_000;

const planted = plantSecrets();
/** What a role's credentials are in Lambda's environment. */
const credentials = {
  AWS_ACCESS_KEY_ID: planted.plant("access key", "ASIAQ7PLANTEDKEY42XY"),
  AWS_SECRET_ACCESS_KEY: planted.plant("secret access key", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYplanted"),
  AWS_SESSION_TOKEN: planted.plant("session token", "FwoGZXIvYXdzEPlanted//////////wEaDK7+planted=="),
};

type DoorProcess = LambdaProcess<LambdaFunctionURLEvent, APIGatewayProxyStructuredResultV2>;
type ConsumerProcess = LambdaProcess<SQSEvent, SQSBatchResponse>;

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
let engines: LocalEngines;
let services: Services;
let cast: SecretiveCollectors;
let spitefulAws: SpitefulAws;
let agentApi: DoorProcess;
let dispatcher: ConsumerProcess;
let forwarder: ConsumerProcess;
let door: LambdaServer;

/** Starts a function's package with planted credentials; its log tells everything. */
async function start<Event, Answer>(name: FunctionName, variables: Record<string, string> = {}) {
  const elsewhere = join(folder.path, crypto.randomUUID());
  await mkdir(elsewhere);
  const packageDir = join(elsewhere, "package", name);
  bundleFunction(name, packageDir);
  return startLambdaProcess<Event, Answer>(packageDir, elsewhere, {
    ...lambdaEnvironment(name, STACK, engines),
    ...credentials,
    AWS_ENDPOINT_URL_SECRETS_MANAGER: cast.secretsManager.url,
    FLASHPOINT_LOG_LEVEL: "trace",
    FLASHPOINT_REQUIRE_TOKEN: "true",
    FLASHPOINT_COLLECTOR_NETWORKS: "127.0.0.0/8",
    ...variables,
  });
}

beforeAll(async () => {
  folder = await temporaryFolder();
  const config = loadConfig(FREE_PORTS, { FLASHPOINT_STACK: STACK, FLASHPOINT_DATA_DIR: join(folder.path, "engines") });
  engines = await startLocalEngines(config);
  services = createServices({ config, log: createLogger("silent"), aws: createAwsClients(engines.aws) });
  cast = await startSecretiveCollectors(planted);
  spitefulAws = await startSpitefulAws();
  agentApi = await start("agent-api");
  dispatcher = await start("task-dispatcher");
  forwarder = await start("task-forwarder");
  door = await startLambdaServer(agentApi.handler);
}, RUN_MS);
afterAll(async () => {
  await door.close();
  await Promise.all([agentApi, dispatcher, forwarder].map((started) => started.stop()));
  await Promise.all([cast.close(), spitefulAws.close()]);
  services.close();
  await engines.close();
  await folder.remove();
});

const messages = (queue: string, least: number) => receiveAll(engines.aws, `${STACK}-${queue}`, least);
const lambdaRoads = (lambdaUrl: string) =>
  Object.entries(CALL_ROADS)
    .filter(([name]) => name.includes("Lambda"))
    .map(([, open]) => open({ grpcUrl: "", httpUrl: "", lambdaUrl }));

it(
  "of calls, of deliveries to collectors that give back what they got, and of an outage that repeats requests",
  async () => {
    for (const collector of cast.collectors) await services.collectorStore.put(collector);
    const good = await issueToken(services.tokenStore, {}, planted.plant("token", newToken()));
    const ended = await issueToken(services.tokenStore, { revokedAt: "x" }, planted.plant("ended", newToken()));
    const unknown = planted.plant("unknown token", newToken());
    const answers: string[] = [];
    const hear = (call: Promise<unknown>) => call.catch((error) => answers.push(ConnectError.from(error).message));
    for (const transport of lambdaRoads(door.url)) {
      for (const call of Object.values(CALLS)) {
        for (const header of [authentication(unknown), bearer(ended), authentication(good), { cookie: unknown }]) {
          await hear(call(transport, header));
        }
      }
    }
    await fetch(`${door.url}/nowhere?token=${unknown}`, { method: "POST", headers: bearer(good) });
    await messages("tasks", lambdaRoads(door.url).length); // the reports among them

    const [transport] = lambdaRoads(door.url);
    if (transport === undefined) throw new Error("no road through Lambda");
    const headers = bearer(good);
    const taskId = taskIdIn(
      await createClient(ContinuousProfilingService, transport).reportProfilingTask(goodReport("secretive"), {
        headers,
      }),
    );
    const stacks = (async function* () {
      yield* flushOf(taskId, [onCpu(3, "main")]);
    })();
    await createClient(EBPFProfilingService, transport).collectProfilingData(stacks, { headers });
    await dispatcher.handler(sqsEvent(await messages("tasks", 2)));
    await forwarder.handler(sqsEvent(await messages("deliveries", cast.collectors.length)));
    const records = [await services.taskStore.get(taskId), ...(await services.profileStore.list(taskId))];
    const reasons = records.flatMap((record) =>
      Object.values(record?.deliveries ?? {}).flatMap(({ lastError }) => lastError ?? []),
    );
    expect(reasons.filter((reason) => reason.includes("[masked]")).length).toBeGreaterThan(15);
    expect(plantLinks(planted, cast.echo)).toBeGreaterThanOrEqual(5);

    const outage = { AWS_ENDPOINT_URL_DYNAMODB: spitefulAws.url, AWS_ENDPOINT_URL_SQS: spitefulAws.url };
    const away = await start<LambdaFunctionURLEvent, APIGatewayProxyStructuredResultV2>("agent-api", outage);
    const awayDoor = await startLambdaServer(away.handler);
    for (const transport of lambdaRoads(awayDoor.url)) {
      for (const call of Object.values(CALLS)) await hear(call(transport, authentication(good)));
    }
    const lost = await start<SQSEvent, SQSBatchResponse>("task-dispatcher", outage);
    await lost.handler(sqsEvent(["{", "{}"])).catch((error) => answers.push(String(error)));
    await awayDoor.close();
    await Promise.all([away.stop(), lost.stop()]);

    const logs = Object.entries({ agentApi, dispatcher, forwarder, away, lost }).map(
      ([name, { output }]): [string, string] => [name, output()],
    );
    const all = logs.map(([, text]) => text).join("");
    for (const told of ["call refused", "_aws", "dead letters", "InvalidSignatureException"])
      expect(all).toContain(told);
    const written: [string, string][] = [...logs, ["answers", answers.join("\n")], ["reasons", reasons.join("\n")]];
    expect(written.flatMap(([where, text]) => planted.foundIn(text).map((what) => `${where}: ${what}`))).toEqual([]);
  },
  RUN_MS,
);
