import { subscribe, unsubscribe } from "node:diagnostics_channel";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { request as httpRequest, type ServerResponse } from "node:http";
import { connect as connectHttp2 } from "node:http2";
import { setTimeout as delay, setImmediate as nextTurn } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { Code, ConnectError } from "@connectrpc/connect";
import { ChannelCredentials, Client, type ServiceError } from "@grpc/grpc-js";
import { Registry } from "prom-client";
import { afterEach, describe, expect, it } from "vitest";
import { buildGrpcServer, type GrpcServer } from "../../server/grpc/grpc-server.ts";
import { buildHttpServer } from "../../server/http/http-server.ts";
import { createMeasuredValues } from "../../shared/agent/measured-values.ts";
import { ContinuousProfilingService } from "../../shared/gen/ebpf/profiling/Continuous_pb.js";
import { MeterReportService } from "../../shared/gen/language-agent/Meter_pb.js";
import { createLogger } from "../../shared/log.ts";
import { noMetrics } from "../../shared/metrics.ts";
import { routes } from "../../shared/routes.ts";
import { framed, startGrpcCall } from "../support/raw-calls.ts";
import { newToken, storedToken } from "../support/tokens.ts";
import { until } from "../support/until.ts";

const { queryPolicies } = ContinuousProfilingService.method;
const { collect } = MeterReportService.method;
const REFLECTION = "/grpc.reflection.v1.ServerReflection/ServerReflectionInfo";
const EMPTY = framed({ bytes: Buffer.alloc(0) });
/** What came of a message whose rest is never sent. */
const HALF = framed({ bytes: Buffer.alloc(10) }, 1_000);
const GZIP = { "grpc-encoding": "gzip" };
const BOMB = framed({ bytes: gzipSync(Buffer.alloc(20_000_000)), gzip: true });
const TLS_FILES = {
  certFile: fileURLToPath(new URL("../support/tls/cert.pem", import.meta.url)),
  keyFile: fileURLToPath(new URL("../support/tls/key.pem", import.meta.url)),
};

const closing: (() => Promise<void>)[] = [];
afterEach(async () => {
  await Promise.all(closing.splice(0).map((close) => close()));
});

async function listening(server: GrpcServer): Promise<string> {
  const { port } = await server.listen("127.0.0.1", 0);
  closing.push(() => server.close(0));
  return `http://127.0.0.1:${port}`;
}

/** Where queryPolicies is on an HTTP port with these routes. */
async function listeningHttp(agentRoutes: ReturnType<typeof routes>): Promise<string> {
  const measured = createMeasuredValues();
  const options = { routes: agentRoutes, checkEngines: async () => {}, registry: new Registry(), measured };
  const server = await buildHttpServer(options);
  const { port } = await server.listen("127.0.0.1", 0);
  closing.push(() => server.close(0));
  return `http://127.0.0.1:${port}/${queryPolicies.parent.typeName}/${queryPolicies.name}`;
}

/** A call whose client never ends it. */
function startOpenCall(
  url: string,
  method: Parameters<typeof startGrpcCall>[1],
  frame: Buffer,
  header: Record<string, string> = {},
) {
  const call = startGrpcCall(url, method, header, frame, true);
  closing.push(async () => call.end());
  return call;
}

async function takeAll(messages: AsyncIterable<unknown>) {
  for await (const _ of messages);
  return {};
}

describe("a call whose client keeps it open", () => {
  it.each([
    ["a poll with half of its message", queryPolicies, HALF],
    ["a poll with a whole message", queryPolicies, EMPTY],
    ["a health check", "/grpc.health.v1.Health/Check", HALF],
    ["a question of reflection", REFLECTION, HALF],
  ])("is ended at its limit and let go of: %s", async (_what, method, frame) => {
    const server = buildGrpcServer(
      (router) => router.service(ContinuousProfilingService, { queryPolicies: () => ({}) }),
      { unaryRequestMs: 200, streamLimits: { idleMs: 60_000, totalMs: 200 } },
    );
    const call = startOpenCall(await listening(server), method, frame);
    expect(await call.code).toBe("deadline_exceeded");
    await call.closed;
  });

  it.each([
    ["refused", "aborted"],
    ["answered", "ok"],
  ])("is let go of once it is %s", async (what, code) => {
    const server = buildGrpcServer((router) =>
      router.service(MeterReportService, {
        collect: async () => {
          if (what === "refused") throw new ConnectError("not now", Code.Aborted);
          return {};
        },
      }),
    );
    const call = startOpenCall(await listening(server), collect, EMPTY);
    expect(await call.code).toBe(code);
    await call.closed;
  });

  it.each([
    ["its own deadline", queryPolicies, { "grpc-timeout": "100m" }, HALF, "deadline_exceeded"],
    ["its own deadline, a stream", collect, { "grpc-timeout": "100m" }, EMPTY, "deadline_exceeded"],
    ["a message that is too large", queryPolicies, {}, framed({ bytes: EMPTY }, 50_000_000), "resource_exhausted"],
    ["a message that inflates to too much", queryPolicies, GZIP, BOMB, "resource_exhausted"],
    ["gzip that is none", queryPolicies, GZIP, framed({ bytes: EMPTY, gzip: true }), "invalid_argument"],
    ["gzip that is none, a stream", collect, GZIP, framed({ bytes: EMPTY, gzip: true }), "invalid_argument"],
    ["a deadline that is none", queryPolicies, { "grpc-timeout": "soon" }, EMPTY, "invalid_argument"],
    ["a health check that is none", "/grpc.health.v1.Health/Check", {}, framed({ bytes: EMPTY }), "invalid_argument"],
    ["an encoding nobody knows", queryPolicies, { "grpc-encoding": "snappy" }, BOMB, "unimplemented"],
    ["a second message", queryPolicies, {}, Buffer.concat([EMPTY, EMPTY]), "unimplemented"],
  ])("is let go of where grpc-js ends it: %s", async (_what, method, header, frame, code) => {
    const server = buildGrpcServer((router) => {
      router.service(ContinuousProfilingService, { queryPolicies: () => ({}) });
      router.service(MeterReportService, { collect: takeAll });
    });
    const call = startOpenCall(await listening(server), method, frame, header);
    expect(await call.code).toBe(code);
    await call.closed;
  });

  it("is let go of if its caller does not take the answer", async () => {
    const server = buildGrpcServer(
      (router) => router.service(ContinuousProfilingService, { queryPolicies: () => ({}) }),
      { unaryRequestMs: 200 },
    );
    const session = connectHttp2(await listening(server), { settings: { initialWindowSize: 0 } });
    closing.push(async () => session.destroy());
    const stream = session.request({
      ":method": "POST",
      ":path": `/${queryPolicies.parent.typeName}/${queryPolicies.name}`,
      "content-type": "application/grpc",
      te: "trailers",
    });
    stream.on("error", () => {});
    stream.resume().end(EMPTY);
    await once(stream, "close");
  });

  it("is Canceled if it is cancelled before anybody read of it", async () => {
    let hasBegun = false;
    let seen: unknown;
    const server = buildGrpcServer((router) =>
      router.service(MeterReportService, {
        async collect(requests, { signal }) {
          const cancelled = once(signal, "abort");
          hasBegun = true;
          await cancelled;
          try {
            for await (const _ of requests);
          } catch (error) {
            seen = error;
          }
          return {};
        },
      }),
    );
    const call = startOpenCall(await listening(server), collect, EMPTY);
    await until("it was taken up", () => hasBegun || undefined);
    await call.cancel();
    await until("it broke off", () => seen);
    expect(seen).toMatchObject({ code: Code.Canceled });
  });
});

it.each([queryPolicies, collect])("calls refused at the same moment over TLS all hear why: $name", async (method) => {
  const requestGate = async () => {
    await nextTurn();
    throw new ConnectError("no", Code.Unauthenticated);
  };
  const server = buildGrpcServer(
    (router) => {
      router.service(ContinuousProfilingService, { queryPolicies: () => ({}) }, { requestGate });
      router.service(MeterReportService, { collect: takeAll }, { requestGate });
    },
    { tls: TLS_FILES },
  );
  const address = new URL(await listening(server)).host;
  const client = new Client(address, ChannelCredentials.createSsl(readFileSync(TLS_FILES.certFile)));
  closing.push(async () => client.close());
  const asIs = (bytes: Buffer) => bytes;
  const path = `/${method.parent.typeName}/${method.name}`;
  const callOnce = (): Promise<number | undefined> =>
    new Promise((resolve) => {
      const tell = (error: ServiceError | null): void => resolve(error?.code);
      if (method === queryPolicies) client.makeUnaryRequest(path, asIs, asIs, Buffer.alloc(100), tell);
      else client.makeClientStreamRequest(path, asIs, asIs, tell).end(Buffer.alloc(100));
    });
  for (let round = 0; round < 5; round++) {
    const codes = await Promise.all(Array.from({ length: 50 }, callOnce));
    expect(new Set(codes)).toEqual(new Set([Code.Unauthenticated]));
  }
});

describe("a call that is cancelled while its token is looked up", () => {
  /** Routes whose look-ups of tokens end when they are told to. */
  function slowLookUps() {
    const counted: unknown[] = [];
    const lookUps: (() => void)[] = [];
    const served: string[] = [];
    const serve = (name: string) => () => {
      served.push(name);
      return {};
    };
    const implementations = {
      continuousProfiling: { queryPolicies: serve("queryPolicies"), reportProfilingTask: serve("") },
      profiling: { queryTasks: serve(""), collectProfilingData: async () => ({}) },
      processes: { reportProcesses: serve(""), keepAlive: serve("") },
      meters: { collect: async () => serve("collect")(), collectBatch: async () => ({}) },
    };
    const agentRoutes = routes({
      ...implementations,
      checkToken: () => new Promise((resolve) => lookUps.push(() => resolve(storedToken(newToken())))),
      log: createLogger("silent"),
      metrics: { ...noMetrics, count: (name, labels) => counted.push([name, labels]) },
    });
    return { agentRoutes, counted, lookUps, served };
  }

  it.each([queryPolicies, collect])("over native gRPC is Canceled and not served: $name", async (method) => {
    const { agentRoutes, counted, lookUps, served } = slowLookUps();
    const url = await listening(buildGrpcServer(agentRoutes));
    const call = startOpenCall(url, method, EMPTY);
    await until("the look-up began", () => lookUps[0]);
    await call.cancel();
    lookUps[0]?.();
    await until("it is counted", () => counted[0]);
    expect(counted).toEqual([["rpc_refusals_total", { method: method.name, code: "Canceled" }]]);
    expect(served).toEqual([]);
  });

  it("over the HTTP port is Canceled and not served", async () => {
    const { agentRoutes, counted, lookUps, served } = slowLookUps();
    const url = await listeningHttp(agentRoutes);
    const left = new Promise((resolve) => {
      const watch = (message: unknown): void => {
        unsubscribe("http.server.request.start", watch);
        (message as { response: ServerResponse }).response.once("close", resolve);
      };
      subscribe("http.server.request.start", watch);
    });
    const request = httpRequest(url, {
      method: "POST",
      headers: { "content-type": "application/json" },
    });
    request.on("error", () => {}); // it is cut on purpose
    request.write("{");
    await until("the look-up began", () => lookUps[0]);
    request.destroy();
    await left;
    lookUps[0]?.();
    await until("it is counted", () => counted[0]);
    expect(counted).toEqual([["rpc_refusals_total", { method: "queryPolicies", code: "Canceled" }]]);
    expect(served).toEqual([]);
  });

  it.each([queryPolicies, collect])(
    "by its own deadline, over native gRPC, is DeadlineExceeded: $name",
    async (method) => {
      const { agentRoutes, counted, lookUps, served } = slowLookUps();
      const url = await listening(buildGrpcServer(agentRoutes));
      const call = startOpenCall(url, method, EMPTY, { "grpc-timeout": "20m" });
      await until("the look-up began", () => lookUps[0]);
      expect(await call.code).toBe("deadline_exceeded");
      lookUps[0]?.();
      await until("it is counted", () => counted[0]);
      expect(counted).toEqual([["rpc_refusals_total", { method: method.name, code: "DeadlineExceeded" }]]);
      expect(served).toEqual([]);
    },
  );

  it("by its own deadline, over the HTTP port, is DeadlineExceeded", async () => {
    const { agentRoutes, counted, lookUps, served } = slowLookUps();
    const url = await listeningHttp(agentRoutes);
    const headers = { "content-type": "application/json", "connect-timeout-ms": "20" };
    const answer = fetch(url, { method: "POST", headers, body: "{}" });
    await until("the look-up began", () => lookUps[0]);
    await delay(40); // beyond the deadline that the call has set
    lookUps[0]?.();
    expect(await (await answer).json()).toMatchObject({ code: "deadline_exceeded" });
    expect(counted).toEqual([["rpc_refusals_total", { method: "queryPolicies", code: "DeadlineExceeded" }]]);
    expect(served).toEqual([]);
  });
});
