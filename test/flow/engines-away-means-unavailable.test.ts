import { Code, ConnectError } from "@connectrpc/connect";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openAgentPorts } from "../../server/agent-ports.ts";
import { createGrpcCaller } from "../../server/demo/grpc-caller.ts";
import { createPrometheusMetrics } from "../../server/http/prometheus.ts";
import { reachableAt } from "../../server/listening.ts";
import { createAwsClients } from "../../shared/aws/clients.ts";
import { createLogger } from "../../shared/log.ts";
import { createServices } from "../../shared/services.ts";
import { cpuPolicy, goodReport, servicesIn, taskIdIn } from "../support/policies.ts";
import { ROADS, type Road } from "../support/roads.ts";
import { type SwitchableProxy, startSwitchableProxy } from "../support/switchable-proxy.ts";
import { until } from "../support/until.ts";
import { startWorld, type World } from "../support/world.ts";

/** A poll shares the agent's loop with its uploads; protocol.md bounds it. */
const AGENT_PATIENCE_MS = 3_000;

/** A world whose agent ports reach the engines through proxies. */
let world: World;
let proxied: World;
let dynamodb: SwitchableProxy;
let sqs: SwitchableProxy;

beforeAll(async () => {
  world = await startWorld();
  dynamodb = await startSwitchableProxy(world.server.engines.dynamodb.port);
  sqs = await startSwitchableProxy(world.server.engines.sqs.port);
  const metrics = createPrometheusMetrics();
  const aws = createAwsClients({
    ...world.server.engines.aws,
    dynamodbEndpoint: `http://127.0.0.1:${dynamodb.port}`,
    sqsEndpoint: `http://127.0.0.1:${sqs.port}`,
  });
  const config = { ...world.config, policyCacheMs: 0 };
  const services = createServices({ config, log: createLogger("silent"), metrics, aws });
  const ports = await openAgentPorts(config, services, metrics);
  const grpc = createGrpcCaller(reachableAt(ports.grpc));
  const stop = async (): Promise<void> => {
    grpc.close();
    await ports.close(1_000);
    services.close();
  };
  proxied = { ...world, services, grpc, httpUrl: `http://${reachableAt(ports.http)}`, stop };
});
afterAll(async () => {
  await proxied.stop();
  await Promise.all([dynamodb.close(), sqs.close()]);
  await world.stop();
});

async function refusal(call: Promise<unknown>): Promise<{ code: Code; ms: number }> {
  const startedAt = performance.now();
  const error = await call.then(
    () => {
      throw new Error("the call was answered");
    },
    (reason) => ConnectError.from(reason),
  );
  return { code: error.code, ms: performance.now() - startedAt };
}

describe.each(Object.entries(ROADS))("%s", (_name, open) => {
  const poll = (road: Road, uuid = "") => road.queryPolicies({ policies: [{ serviceName: "checkout", uuid }] });

  it.each(["refuse", "hang"] as const)(
    "while engines %s, calls end UNAVAILABLE in time; later they work again",
    async (mode) => {
      const road = open(proxied);
      await world.services.policyStore.put("checkout", cpuPolicy(80), { updatedBy: "test" });
      expect(servicesIn(await poll(road))).toHaveLength(1);
      taskIdIn(await road.reportProfilingTask(goodReport()));

      dynamodb.set(mode);
      sqs.set(mode);
      // An agent that holds a policy must not be told that it is gone, nor that nothing changed.
      const refusals = await Promise.all([
        refusal(poll(road)),
        refusal(poll(road, "held")),
        refusal(road.reportProfilingTask(goodReport())),
      ]);
      expect(refusals.map(({ code }) => code)).toEqual([Code.Unavailable, Code.Unavailable, Code.Unavailable]);
      for (const { ms } of refusals) expect(ms).toBeLessThan(AGENT_PATIENCE_MS);

      dynamodb.set("pass");
      sqs.set("pass");
      await until("polls are answered", async () => (servicesIn(await poll(road)).length === 1 ? true : undefined));
      await until("reports are answered", async () => taskIdIn(await road.reportProfilingTask(goodReport())));
    },
  );
});

describe("readiness", () => {
  it("follows the engines, while liveness does not", async () => {
    const status = async (path: string) => (await fetch(`${proxied.httpUrl}${path}`)).status;
    expect(await status("/readyz")).toBe(200);
    dynamodb.set("refuse");
    expect(await status("/readyz")).toBe(503);
    expect(await status("/healthz")).toBe(200);
    dynamodb.set("pass");
    expect(await until("ready", async () => ((await status("/readyz")) === 200 ? 200 : undefined))).toBe(200);
  });
});
