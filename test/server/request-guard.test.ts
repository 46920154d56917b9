import { subscribe, unsubscribe } from "node:diagnostics_channel";
import { once } from "node:events";
import { request as httpRequest, type ServerResponse } from "node:http";
import { Code, ConnectError } from "@connectrpc/connect";
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
import { until } from "../support/until.ts";

const { queryPolicies } = ContinuousProfilingService.method;
const { collect } = MeterReportService.method;
const REFLECTION = "/grpc.reflection.v1.ServerReflection/ServerReflectionInfo";
const EMPTY = framed({ bytes: Buffer.alloc(0) });
/** What came of a message whose rest is never sent. */
const HALF = framed({ bytes: Buffer.alloc(10) }, 1_000);

const closing: (() => Promise<void>)[] = [];
afterEach(async () => {
  await Promise.all(closing.splice(0).map((close) => close()));
});

async function listening(server: GrpcServer): Promise<string> {
  const { port } = await server.listen("127.0.0.1", 0);
  closing.push(() => server.close(0));
  return `http://127.0.0.1:${port}`;
}

/** A call whose client never ends it. */
function startOpenCall(url: string, method: Parameters<typeof startGrpcCall>[1], frame: Buffer) {
  const call = startGrpcCall(url, method, {}, frame, true);
  closing.push(async () => call.end());
  return call;
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
      checkToken: () => new Promise((resolve) => lookUps.push(resolve)),
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
    const measured = createMeasuredValues();
    const options = { routes: agentRoutes, checkEngines: async () => {}, registry: new Registry(), measured };
    const server = await buildHttpServer(options);
    const { port } = await server.listen("127.0.0.1", 0);
    closing.push(() => server.close(0));
    const left = new Promise((resolve) => {
      const watch = (message: unknown): void => {
        unsubscribe("http.server.request.start", watch);
        (message as { response: ServerResponse }).response.once("close", resolve);
      };
      subscribe("http.server.request.start", watch);
    });
    const request = httpRequest(`http://127.0.0.1:${port}/${queryPolicies.parent.typeName}/${queryPolicies.name}`, {
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
});
