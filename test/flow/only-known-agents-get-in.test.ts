import { ConnectError, type Transport } from "@connectrpc/connect";
import { ChannelCredentials, Client } from "@grpc/grpc-js";
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { reachableAt } from "../../server/listening.ts";
import { tokenHash } from "../../shared/access/token.ts";
import { MeterReportService } from "../../shared/gen/language-agent/Meter_pb.js";
import { CALL_ROADS, CALLS, type Call, type Doors, type Header } from "../support/agent-calls.ts";
import { meter } from "../support/agents.ts";
import { type LambdaServer, startLambdaDoor } from "../support/lambda-server.ts";
import { startLambdaWorld } from "../support/lambda-world.ts";
import { authentication, bearer, issueToken, newToken, outcomeOf } from "../support/tokens.ts";
import { startWorld, type World } from "../support/world.ts";

const NOON = Date.UTC(2026, 0, 31, 12);
const MINUTE = 60_000;

let now = NOON;
let world: World;
let lambda: LambdaServer;
let at: Doors;
/** Every token that was ever sent. */
const planted: string[] = [];

beforeAll(async () => {
  world = await startWorld({ FLASHPOINT_REQUIRE_TOKEN: "true", FLASHPOINT_LOG_LEVEL: "trace" }, { now: () => now });
  lambda = await startLambdaDoor(world.services);
  at = doorsOf(world, lambda);
});
beforeEach(() => {
  now += MINUTE; // tokens never seen are looked up at so many a second
});
afterAll(async () => {
  await lambda.close();
  await world.stop();
});

function doorsOf({ server, httpUrl }: World, { url: lambdaUrl }: LambdaServer): Doors {
  return { grpcUrl: `http://${reachableAt(server.ports.grpc)}`, httpUrl, lambdaUrl };
}

/** A token that no log may hold. */
function plant(token = newToken()): string {
  planted.push(token);
  return token;
}

const issue = (times: Parameters<typeof issueToken>[1] = {}, store = world.services.tokenStore) =>
  issueToken(store, times, plant());

const isoIn = (ms: number): string => new Date(now + ms).toISOString();

async function refusedCalls(): Promise<Record<string, number>> {
  const text = await (await fetch(`${world.httpUrl}/metrics`)).text();
  const counted = text.matchAll(/^flashpoint_rpc_refusals_total\{method="(\w+)",code="Unauthenticated"\} (\d+)$/gm);
  return Object.fromEntries([...counted].map(([, method, count]) => [method, Number(count)]));
}

it("the story is about all eight calls of agents", () => {
  expect(Object.keys(CALLS).sort()).toEqual([
    "collect",
    "collectBatch",
    "collectProfilingData",
    "keepAlive",
    "queryPolicies",
    "queryTasks",
    "reportProcesses",
    "reportProfilingTask",
  ]);
});

describe.each(Object.entries(CALL_ROADS))("%s", (road, open) => {
  it.each(Object.entries(CALLS))("lets %s in with a token in force, and with no other", async (name, call) => {
    const transport = open(at);
    const [right, expired, revoked] = await Promise.all([
      issue({ expiresAt: isoIn(1) }),
      issue({ expiresAt: isoIn(0) }),
      issue({ revokedAt: isoIn(-1) }),
    ]);
    const malformed = plant(`${newToken().slice(0, -1)}.`);
    const about = `${road} ${name}`;
    const before = (await refusedCalls())[name] ?? 0;
    const refused: Header[] = [
      {},
      ...[malformed, plant(), expired, revoked].flatMap((token) => [authentication(token), bearer(token)]),
      authentication(`Bearer ${right}`),
      bearer(right.slice(3)),
    ];
    const refusals = await Promise.all(refused.map((header) => outcomeOf(call(transport, header, `refused ${about}`))));
    expect(refusals).toEqual(refused.map(() => "Unauthenticated"));
    expect((await refusedCalls())[name]).toBe(before + refused.length);

    expect(await outcomeOf(call(transport, authentication(right), `first ${about}`))).toBe("ok");
    expect(await outcomeOf(call(transport, bearer(right), `second ${about}`))).toBe("ok");

    // Of what was refused, nothing was read.
    const { measured, agentStore, taskStore } = world.services;
    if (name.startsWith("collect") && name !== "collectProfilingData") {
      expect(measured.list(`first ${about}`)).toHaveLength(1);
      expect(measured.list(`refused ${about}`)).toEqual([]);
    }
    if (name === "reportProfilingTask")
      expect(await taskStore.list({ serviceName: `refused ${about}`, limit: 1 })).toEqual([]);
    if (name === "reportProcesses")
      expect((await agentStore.list()).filter(({ agentId }) => agentId.startsWith("refused"))).toEqual([]);
  });

  it("refuses in the same words whatever is wrong, and they tell nothing", async () => {
    const transport = open(at);
    const call = CALLS.queryPolicies as Call;
    const wrong = [{}, authentication(plant()), authentication(await issue({ revokedAt: "x" })), bearer("hunter2")];
    const messages = await Promise.all(
      wrong.map((header) => call(transport, header).catch((error) => ConnectError.from(error).rawMessage)),
    );
    expect(new Set(messages).size).toBe(1);
    expect(messages[0]).toBe(
      "this needs a token that is in force, as metadata Authentication or as Authorization: Bearer",
    );
  });

  it("refuses a stream that goes on and on, and is not kept waiting by it", async () => {
    let sent = 0;
    let isOver = false;
    async function* endless() {
      while (!isOver && sent < 100_000) {
        sent++;
        yield { meterData: [meter("rover_con_p_process_cpu", 1, NOON, { service: `endless ${road}` })] };
        if (sent % 100 === 0) await new Promise((resolve) => setImmediate(resolve));
      }
    }
    const { collectBatch } = MeterReportService.method;
    const call = async () => {
      const { message } = await open(at).stream(collectBatch, undefined, undefined, {}, endless() as never);
      for await (const _ of message) throw new Error("it was answered");
    };
    expect(await outcomeOf(call())).toBe("Unauthenticated");
    isOver = true;
    expect(world.services.measured.list(`endless ${road}`)).toEqual([]);
  });

  it("hears of a revocation within a minute, and of an expiry at once", async () => {
    const transport = open(at);
    const poll = (token: string) => outcomeOf((CALLS.queryPolicies as Call)(transport, authentication(token)));
    const [ended, expiring] = [await issue(), await issue({ expiresAt: isoIn(30_000) })];
    expect([await poll(ended), await poll(expiring)]).toEqual(["ok", "ok"]);
    await world.services.tokenStore.revoke(tokenHash(ended));
    now += 29_999;
    expect(await poll(expiring)).toBe("ok");
    now += 1;
    expect(await poll(expiring)).toBe("Unauthenticated");
    now += 30_000;
    expect(await poll(ended)).toBe("Unauthenticated");
  });
});

it("a flood of made-up tokens is refused within a limit, and keeps out nobody who was seen before", async () => {
  const transport = CALL_ROADS["native gRPC"]?.(at) as Transport;
  const poll = (token: string) => outcomeOf((CALLS.queryPolicies as Call)(transport, authentication(token)));
  const right = await issue();
  expect(await poll(right)).toBe("ok");
  now += MINUTE;
  const outcomes: string[] = [];
  for (let i = 0; i < 110; i++) outcomes.push(await poll(newToken()));
  expect(outcomes).toEqual([...Array(100).fill("Unauthenticated"), ...Array(10).fill("ResourceExhausted")]);
  expect(await poll(right)).toBe("ok");
});

it("health needs no token", async () => {
  for (const path of ["/healthz", "/readyz"]) expect((await fetch(`${at.httpUrl}${path}`)).status).toBe(200);
  const client = new Client(new URL(at.grpcUrl).host, ChannelCredentials.createInsecure());
  const asIs = (bytes: Buffer): Buffer => bytes;
  const answer = await new Promise((resolve, reject) => {
    client.makeUnaryRequest("/grpc.health.v1.Health/Check", asIs, asIs, Buffer.alloc(0), (error, bytes) =>
      error === null ? resolve(bytes) : reject(error),
    );
  });
  expect(answer).toEqual(Buffer.from([1 << 3, 1])); // field 1, status: SERVING
  client.close();
});

describe("where tokens are not required", () => {
  let open: World;
  let openLambda: LambdaServer;

  beforeAll(async () => {
    open = await startWorld();
    openLambda = await startLambdaDoor(open.services);
  });
  afterAll(async () => {
    await openLambda.close();
    await open.stop();
  });

  it.each(Object.entries(CALL_ROADS))("every call gets in over %s, whatever it sends", async (_road, road) => {
    const transport = road(doorsOf(open, openLambda));
    for (const [name, call] of Object.entries(CALLS)) {
      for (const header of [{}, authentication("hunter2"), bearer(plant())]) {
        expect(await outcomeOf(call(transport, header, "anybody")), name).toBe("ok");
      }
    }
  });
});

it("the function that AWS starts asks for a token if its environment says so", async () => {
  vi.stubEnv("FLASHPOINT_REQUIRE_TOKEN", "true");
  const functions = await startLambdaWorld("guarded");
  const poll = (header: Header) =>
    outcomeOf(functions.agent.queryPolicies({ policies: [{ serviceName: "checkout" }] }, { headers: header }));
  const right = await issue({}, functions.stores.tokenStore);
  expect(await poll({})).toBe("Unauthenticated");
  expect(await poll(authentication(plant()))).toBe("Unauthenticated");
  expect(await poll(authentication(right))).toBe("ok");
  expect(await poll(bearer(right))).toBe("ok");
  await functions.stop();
});

it("no line of any log holds a token", async () => {
  for (const open of Object.values(CALL_ROADS)) {
    for (const call of Object.values(CALLS)) {
      now += MINUTE;
      await outcomeOf(call(open(at), { ...authentication(plant()), ...bearer(plant()) }));
      await outcomeOf(call(open(at), authentication(await issue())));
    }
  }
  const lines = JSON.stringify(world.log);
  expect(lines).toContain("call refused"); // they were heard of
  for (const token of planted) {
    expect(lines).not.toContain(token);
    expect(lines).not.toContain(token.slice(3, -6));
  }
});
