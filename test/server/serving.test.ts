import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createGrpcCaller } from "../../server/demo/grpc-caller.ts";
import { reachableAt } from "../../server/listening.ts";
import { type Serving, startServing } from "../../server/serving.ts";
import { loadConfig } from "../../shared/config.ts";
import { ContinuousProfilingService } from "../../shared/gen/ebpf/profiling/Continuous_pb.js";
import { createLogger } from "../../shared/log.ts";
import type { Settings } from "../../shared/settings.ts";
import { readEmfLine, sumsOf } from "../support/emf.ts";
import { goodReport } from "../support/policies.ts";
import { startServerProcess } from "../support/server-process.ts";
import { until } from "../support/until.ts";
import { FREE_PORTS, startWorld, temporaryFolder, type World } from "../support/world.ts";

const { queryPolicies, reportProfilingTask } = ContinuousProfilingService.method;

let world: World;
let serving: Serving | undefined;
let environment: Record<string, string>;
const before = { ...process.env };

/** The engines of a world, as the AWS environment names them. */
beforeEach(async () => {
  world = await startWorld();
  const { dynamodb, sqs } = world.server.engines;
  environment = {
    AWS_ENDPOINT_URL_DYNAMODB: `http://${reachableAt(dynamodb)}`,
    AWS_ENDPOINT_URL_SQS: `http://${reachableAt(sqs)}`,
    AWS_ENDPOINT_URL_S3: `http://${reachableAt(sqs)}`,
    AWS_REGION: "us-east-1",
    AWS_ACCESS_KEY_ID: "local",
    AWS_SECRET_ACCESS_KEY: "local",
  };
  Object.assign(process.env, environment);
});
afterEach(async () => {
  await serving?.stop();
  serving = undefined;
  for (const name of Object.keys(environment)) delete process.env[name];
  Object.assign(process.env, before);
  await world.stop();
});

async function start(settings: Settings, lines: string[], emfEveryMs?: number): Promise<Serving> {
  const config = loadConfig(FREE_PORTS, { FLASHPOINT_LOG_LEVEL: "silent" }, settings);
  const options = { writeEmf: (line: string) => void lines.push(line), ...(emfEveryMs && { emfEveryMs }) };
  serving = await startServing(config, createLogger(config.logLevel), options);
  return serving;
}

async function callOnce({ ports }: Serving): Promise<void> {
  const caller = createGrpcCaller(reachableAt(ports.grpc));
  await caller.call(queryPolicies, { policies: [{ serviceName: "checkout" }] });
  await caller.call(reportProfilingTask, goodReport());
  caller.close();
}

const pointsIn = (lines: readonly string[]) => lines.flatMap((line) => readEmfLine(line, "Flashpoint", Date.now()));

const metricsOf = async ({ ports }: Serving): Promise<string> =>
  (await fetch(`http://${reachableAt(ports.http)}/metrics`)).text();

describe("with FLASHPOINT_EMF", () => {
  it("tells CloudWatch what is counted, under the stack's name, every so often", async () => {
    const lines: string[] = [];
    const server = await start({ FLASHPOINT_EMF: "true" }, lines, 50);
    await callOnce(server);
    await until("both counts", () =>
      sumsOf(pointsIn(lines), "policy_polls_total")["stack=flashpoint"] === 1 &&
      sumsOf(pointsIn(lines), "reports_total")["stack=flashpoint target=ON_CPU"] === 1
        ? true
        : undefined,
    );
  });

  it("tells the rest when it stops", async () => {
    const lines: string[] = [];
    const server = await start({ FLASHPOINT_EMF: "true" }, lines);
    await callOnce(server);
    expect(lines).toEqual([]);
    await server.stop();
    serving = undefined;
    expect(sumsOf(pointsIn(lines), "policy_polls_total")).toEqual({ "stack=flashpoint": 1 });
  });

  it("offers them at /metrics all the same", async () => {
    const server = await start({ FLASHPOINT_EMF: "true" }, [], 50);
    await callOnce(server);
    expect(await metricsOf(server)).toContain("\nflashpoint_policy_polls_total 1\n");
  });

  it("writes whole lines to standard output, the last of them on SIGTERM", async () => {
    const folder = await temporaryFolder();
    const server = await startServerProcess(folder.path, {
      mode: "serve",
      env: { ...environment, FLASHPOINT_EMF: "true" },
    });
    let stdout = "";
    server.child.stdout?.on("data", (chunk) => {
      stdout += chunk;
    });
    const caller = createGrpcCaller(server.grpc);
    await caller.call(queryPolicies, { policies: [{ serviceName: "checkout" }] });
    caller.close();
    expect((await server.kill("SIGTERM")).code).toBe(0);
    const lines = await until("its lines", () => (stdout.endsWith("}\n") ? stdout.trimEnd().split("\n") : undefined));
    expect(sumsOf(pointsIn(lines), "policy_polls_total")).toEqual({ "stack=flashpoint": 1 });
    await folder.remove();
  });
});

it("says nothing of metrics on standard output without it", async () => {
  const lines: string[] = [];
  const server = await start({}, lines, 50);
  await callOnce(server);
  expect(await metricsOf(server)).toContain("\nflashpoint_policy_polls_total 1\n");
  await server.stop();
  serving = undefined;
  expect(lines).toEqual([]);
});
