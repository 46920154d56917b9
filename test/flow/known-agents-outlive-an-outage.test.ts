import { v7 as uuidv7 } from "uuid";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { openAgentPorts } from "../../server/agent-ports.ts";
import { createPrometheusMetrics } from "../../server/http/prometheus.ts";
import { reachableAt } from "../../server/listening.ts";
import { createAwsClients } from "../../shared/aws/clients.ts";
import { createLogger } from "../../shared/log.ts";
import { createServices } from "../../shared/services.ts";
import { CALL_ROADS, CALLS, type Call, type Doors } from "../support/agent-calls.ts";
import { startLambdaDoor } from "../support/lambda-server.ts";
import { type SwitchableProxy, startSwitchableProxy } from "../support/switchable-proxy.ts";
import { authentication, issueToken, newToken, outcomeOf } from "../support/tokens.ts";
import { until } from "../support/until.ts";
import { startWorld, type World } from "../support/world.ts";

const NOON = Date.UTC(2026, 0, 31, 12);
const MINUTE = 60_000;
/** A poll shares the agent's loop with its uploads; protocol.md bounds it. */
const AGENT_PATIENCE_MS = 3_000;

let now = NOON;
let world: World;
/** Doors that reach DynamoDB through a proxy; SQS is well. */
let doors: Doors;
let dynamodb: SwitchableProxy;
let stop: () => Promise<void>;

beforeAll(async () => {
  world = await startWorld({ FLASHPOINT_REQUIRE_TOKEN: "true" });
  dynamodb = await startSwitchableProxy(world.server.engines.dynamodb.port);
  const metrics = createPrometheusMetrics();
  const dynamodbEndpoint = `http://127.0.0.1:${dynamodb.port}`;
  const aws = createAwsClients({ ...world.server.engines.aws, dynamodbEndpoint });
  const log = createLogger("silent");
  const services = createServices({ config: world.config, log, metrics, aws, now: () => now });
  const ports = await openAgentPorts(world.config, services, metrics);
  const lambda = await startLambdaDoor(services);
  doors = {
    grpcUrl: `http://${reachableAt(ports.grpc)}`,
    httpUrl: `http://${reachableAt(ports.http)}`,
    lambdaUrl: lambda.url,
  };
  stop = async () => {
    await lambda.close();
    await ports.close(1_000);
    services.close();
    await dynamodb.close();
    await world.stop();
  };
});
beforeEach(() => {
  now = NOON;
  dynamodb.set("pass");
});
afterAll(() => stop());

describe.each(Object.entries(CALL_ROADS))("%s", (_road, open) => {
  it.each(["refuse", "hang"] as const)(
    "while DynamoDB would %s, reports with tokens known are taken for ten minutes, others are to come again",
    async (mode) => {
      const transport = open(doors);
      const issue = (expiresAt?: string) =>
        issueToken(world.services.tokenStore, expiresAt === undefined ? {} : { expiresAt });
      const timed = async (name: string, token: string, service?: string): Promise<string> => {
        const startedAt = performance.now();
        const outcome = await outcomeOf((CALLS[name] as Call)(transport, authentication(token), service));
        expect(performance.now() - startedAt).toBeLessThan(AGENT_PATIENCE_MS);
        return outcome;
      };
      const report = (token: string) => timed("reportProfilingTask", token);
      const [known, late, expiring] = [await issue(), await issue(), await issue("2026-01-31T12:05:00.000Z")];
      expect([await report(known), await report(expiring)]).toEqual(["ok", "ok"]);

      dynamodb.set(mode);
      now = NOON + 2 * MINUTE;
      const reports = await Promise.all([known, late, expiring, newToken()].map(report));
      expect(reports).toEqual(["ok", "Unavailable", "ok", "Unavailable"]);
      expect(await report("hunter2")).toBe("Unauthenticated");
      now = NOON + 3 * MINUTE;
      expect(await timed("queryPolicies", known, uuidv7())).toBe("Unavailable"); // for want of the policy, and still in time
      now = NOON + 5 * MINUTE;
      expect(await report(expiring)).toBe("Unauthenticated");
      now = NOON + 10 * MINUTE;
      expect(await report(known)).toBe("Unavailable");

      dynamodb.set("pass");
      for (const token of [known, late])
        await until("reports are taken again", async () => ((await report(token)) === "ok" ? true : undefined));
    },
  );
});
