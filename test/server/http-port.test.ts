import { once } from "node:events";
import { request } from "node:http";
import { connect } from "node:net";
import { brotliCompressSync, deflateSync, gzipSync } from "node:zlib";
import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from "vitest";
import { createFunctionUrlHandler } from "../../functions/agent-api/function-url.ts";
import { CommandsSchema } from "../../shared/gen/common/Common_pb.js";
import { ContinuousProfilingPolicyQuerySchema } from "../../shared/gen/ebpf/profiling/Continuous_pb.js";
import { EBPFProfilingDataSchema } from "../../shared/gen/ebpf/profiling/Profile_pb.js";
import { routes } from "../../shared/routes.ts";
import { createUniversalHandler } from "../../shared/rpc/universal-handler.ts";
import { lambdaFetch } from "../support/lambda-fetch.ts";
import { cpuPolicy, servicesIn } from "../support/policies.ts";
import { flushOf, onCpu } from "../support/stacks.ts";
import { until } from "../support/until.ts";
import { startWorld, type World } from "../support/world.ts";

const QUERY_PATH = "/skywalking.v3.ContinuousProfilingService/queryPolicies";
const REPORT_PATH = "/skywalking.v3.ContinuousProfilingService/reportProfilingTask";
const STACKS_PATH = "/skywalking.v3.EBPFProfilingService/collectProfilingData";
const SERVICE = "checkout";
const QUERY_JSON = JSON.stringify({ policies: [{ serviceName: SERVICE }] });
const QUERY_PROTO = toBinary(
  ContinuousProfilingPolicyQuerySchema,
  create(ContinuousProfilingPolicyQuerySchema, { policies: [{ serviceName: SERVICE }] }),
);

let world: World;
/** The two hosts that speak HTTP, each as a `fetch` and the address to fetch. */
const hosts: Record<string, () => { fetch: typeof fetch; url: string }> = {
  "the HTTP port": () => ({ fetch, url: world.httpUrl }),
  "the Lambda handler": () => ({
    fetch: lambdaFetch(createFunctionUrlHandler(createUniversalHandler(routes(world.services)))),
    url: "https://function-url.test",
  }),
};

beforeAll(async () => {
  world = await startWorld();
  await world.services.policyStore.put(SERVICE, cpuPolicy(80), { updatedBy: "test" });
});
afterAll(() => world.stop());

/** Whoever sent nonsense before, the next caller is served. */
async function expectAlive(host: { fetch: typeof fetch; url: string }): Promise<void> {
  const answer = await post(host, QUERY_PATH, "application/json", QUERY_JSON);
  expect(answer.status).toBe(200);
}

function post(
  host: { fetch: typeof fetch; url: string },
  path: string,
  contentType: string,
  body: string | Uint8Array,
  headers: Record<string, string> = {},
): Promise<Response> {
  const content = typeof body === "string" ? body : Buffer.from(body);
  return host.fetch(`${host.url}${path}`, {
    method: "POST",
    headers: { "content-type": contentType, ...headers },
    body: content,
  });
}

/** A gRPC-web frame: flags, length, payload. */
function frame(payload: Uint8Array, flags = 0): Buffer {
  const header = Buffer.alloc(5);
  header.writeUInt8(flags, 0);
  header.writeUInt32BE(payload.length, 1);
  return Buffer.concat([header, payload]);
}

/** What a gRPC-web body holds: its first message, and its trailers as text. */
function framesOf(body: Buffer): { message: Buffer | undefined; trailers: string } {
  let message: Buffer | undefined;
  let trailers = "";
  for (let at = 0; at + 5 <= body.length; ) {
    const length = body.readUInt32BE(at + 1);
    const payload = body.subarray(at + 5, at + 5 + length);
    if ((body[at] ?? 0) & 0x80) trailers = payload.toString("latin1");
    else message ??= payload;
    at += 5 + length;
  }
  return { message, trailers };
}

describe.each(Object.entries(hosts))("%s", (_name, open) => {
  it("answers plain JSON, as curl sends it", async () => {
    const answer = await post(open(), QUERY_PATH, "application/json", QUERY_JSON);
    expect(answer.status).toBe(200);
    const { commands } = (await answer.json()) as { commands: { command: string }[] };
    expect(commands.map(({ command }) => command)).toEqual(["ContinuousProfilingPolicyQuery"]);
  });

  it("ignores JSON fields that it does not know", async () => {
    const body = JSON.stringify({ policies: [{ serviceName: SERVICE, shoeSize: 44 }], mood: { of: ["the", "day"] } });
    expect((await post(open(), QUERY_PATH, "application/json", body)).status).toBe(200);
  });

  it.each([
    ["JSON that ends too early", "application/json", '{"policies":['],
    ["JSON of another shape", "application/json", '{"policies":7}'],
    ["protobuf that is none", "application/proto", Buffer.from("ffffffff", "hex")],
  ])("answers %s with invalid_argument", async (_what, contentType, body) => {
    const host = open();
    const answer = await post(host, QUERY_PATH, contentType, body);
    expect(answer.status).toBe(400);
    expect(await answer.json()).toMatchObject({ code: "invalid_argument" });
    await expectAlive(host);
  });

  it("answers a faulty report with every fault, as text and as a detail for programs", async () => {
    const answer = await post(open(), REPORT_PATH, "application/json", "{}");
    expect(answer.status).toBe(400);
    const { message, details } = (await answer.json()) as {
      message: string;
      details: { type: string; debug: object }[];
    };
    expect(message).toContain("serviceName is missing; instanceName is missing");
    expect(details[0]?.type).toBe("flashpoint.v1.FieldFaults");
  });

  it.each([
    ["gzip", gzipSync],
    ["br", brotliCompressSync],
  ])("takes bodies compressed with %s", async (encoding, compress) => {
    const answer = await post(open(), QUERY_PATH, "application/json", compress(QUERY_JSON), {
      "content-encoding": encoding,
    });
    expect(answer.status).toBe(200);
  });

  it("refuses a compression that it does not know, and names those it does", async () => {
    const host = open();
    const answer = await post(host, QUERY_PATH, "application/json", deflateSync(QUERY_JSON), {
      "content-encoding": "deflate",
    });
    expect(answer.status).toBe(501);
    expect(await answer.json()).toMatchObject({ code: "unimplemented", message: expect.stringContaining("gzip") });
    await expectAlive(host);
  });

  it("refuses a small body that opens to more than 1 MiB", async () => {
    const host = open();
    const bomb = gzipSync(JSON.stringify({ policies: [{ serviceName: "x".repeat(20_000_000) }] }));
    const answer = await post(host, QUERY_PATH, "application/json", bomb, { "content-encoding": "gzip" });
    expect(answer.status).toBe(429);
    expect(await answer.json()).toMatchObject({ code: "resource_exhausted" });
    await expectAlive(host);
  });

  it("serves gRPC-web in binary form", async () => {
    const answer = await post(open(), QUERY_PATH, "application/grpc-web+proto", frame(QUERY_PROTO));
    expect(answer.headers.get("content-type")).toBe("application/grpc-web+proto");
    const { message, trailers } = framesOf(Buffer.from(await answer.arrayBuffer()));
    expect(servicesIn(fromBinary(CommandsSchema, message ?? Buffer.alloc(0)))).toHaveLength(1);
    expect(trailers).toContain("grpc-status: 0");
  });

  it("serves gRPC-web in text form, also where a client encoded it piece by piece", async () => {
    const bytes = frame(QUERY_PROTO);
    const whole = bytes.toString("base64");
    const pieces = bytes.subarray(0, 4).toString("base64") + bytes.subarray(4).toString("base64");
    for (const text of [whole, pieces]) {
      const answer = await post(open(), QUERY_PATH, "application/grpc-web-text", text);
      expect(answer.status).toBe(200);
      expect(answer.headers.get("content-type")).toBe("application/grpc-web-text+proto");
      // Each base64 run ends with its own padding.
      const runs = (await answer.text()).match(/[^=]+={0,2}/g) ?? [];
      const { message, trailers } = framesOf(Buffer.concat(runs.map((run) => Buffer.from(run, "base64"))));
      expect(servicesIn(fromBinary(CommandsSchema, message ?? Buffer.alloc(0)))).toHaveLength(1);
      expect(trailers).toContain("grpc-status: 0");
    }
  });

  it.each([
    ["a frame shorter than it says", "application/grpc-web+proto", frame(QUERY_PROTO).subarray(0, 12)],
    ["half a frame header", "application/grpc-web+proto", Buffer.from([0, 0])],
    ["no frame", "application/grpc-web+proto", Buffer.alloc(0)],
    ["text that is no base64", "application/grpc-web-text", "?? ??"],
    ["text of a truncated frame", "application/grpc-web-text", frame(QUERY_PROTO).subarray(0, 12).toString("base64")],
    ["a frame that holds no protobuf", "application/grpc-web+proto", frame(Buffer.from("ffffffff", "hex"))],
  ])("answers %s with an error in trailers", async (_what, contentType, body) => {
    const host = open();
    const answer = await post(host, QUERY_PATH, contentType, body);
    expect(answer.status).toBe(200);
    const bytes = Buffer.from(await answer.arrayBuffer());
    const binary = contentType.includes("text") ? Buffer.from(bytes.toString("latin1"), "base64") : bytes;
    const status = answer.headers.get("grpc-status") ?? /grpc-status: (\d+)/.exec(framesOf(binary).trailers)?.[1];
    expect(["3", "12"]).toContain(status); // invalid argument, or unimplemented where no message came at all
    await expectAlive(host);
  });

  it("answers an oversize gRPC-web message with RESOURCE_EXHAUSTED, in both forms", async () => {
    const host = open();
    const large = frame(Buffer.alloc(1_100_000));
    for (const [contentType, body] of [
      ["application/grpc-web+proto", large],
      ["application/grpc-web-text", large.toString("base64")],
    ] as const) {
      const answer = await post(host, QUERY_PATH, contentType, body);
      const bytes = Buffer.from(await answer.arrayBuffer());
      const binary = contentType.includes("text") ? Buffer.from(bytes.toString("latin1"), "base64") : bytes;
      const status = answer.headers.get("grpc-status") ?? /grpc-status: (\d+)/.exec(framesOf(binary).trailers)?.[1];
      expect(status).toBe("8");
    }
    await expectAlive(host);
  });

  it("answers a wrong path with 404, a wrong method with 405, a wrong content type with 415", async () => {
    const host = open();
    expect((await post(host, "/no.such.Service/call", "application/json", "{}")).status).toBe(404);
    const wrongMethod = await host.fetch(`${host.url}${QUERY_PATH}`, { method: "GET" });
    expect(wrongMethod.status).toBe(405);
    expect(wrongMethod.headers.get("allow")).toBe("POST");
    for (const contentType of ["text/plain", "application/xml", "application/grpc"]) {
      expect((await post(host, QUERY_PATH, contentType, QUERY_JSON)).status).toBe(415);
    }
  });

  it("lets pages of other origins call it", async () => {
    const host = open();
    const preflight = await host.fetch(`${host.url}${QUERY_PATH}`, {
      method: "OPTIONS",
      headers: {
        origin: "https://console.example",
        "access-control-request-method": "POST",
        "access-control-request-headers": "content-type,x-grpc-web,authentication",
      },
    });
    expect(preflight.status).toBe(204);
    expect(preflight.headers.get("access-control-allow-origin")).toBe("*");
    const allowed = preflight.headers.get("access-control-allow-headers")?.toLowerCase();
    for (const name of ["content-type", "x-grpc-web", "connect-protocol-version", "authentication", "authorization"]) {
      expect(allowed).toContain(name);
    }
    for (const contentType of ["application/json", "application/grpc-web-text"]) {
      const answer = await post(host, QUERY_PATH, contentType, QUERY_JSON, { origin: "https://console.example" });
      expect(answer.headers.get("access-control-allow-origin")).toBe("*");
      expect(answer.headers.get("access-control-expose-headers")?.toLowerCase()).toContain("grpc-status");
    }
  });
});

describe("the HTTP port alone", () => {
  it("counts polls and offers the counts to Prometheus", async () => {
    const answer = await fetch(`${world.httpUrl}/metrics`);
    expect(answer.headers.get("content-type")).toContain("text/plain");
    const polls = /^flashpoint_policy_polls_total (\d+)$/m.exec(await answer.text())?.[1];
    await post({ fetch, url: world.httpUrl }, QUERY_PATH, "application/json", QUERY_JSON);
    const after = await (await fetch(`${world.httpUrl}/metrics`)).text();
    expect(after).toContain(`flashpoint_policy_polls_total ${Number(polls) + 1}\n`);
    expect(after).toContain('flashpoint_rpc_refusals_total{method="reportProfilingTask",code="InvalidArgument"} ');
  });

  it("says where to go from an address that is nothing", async () => {
    const answer = await fetch(`${world.httpUrl}/`);
    expect(answer.status).toBe(404);
    expect(await answer.json()).toMatchObject({ try: expect.arrayContaining(["/healthz"]) });
  });

  it("survives bytes that are no HTTP", async () => {
    const { hostname, port } = new URL(world.httpUrl);
    const socket = connect(Number(port), hostname);
    await once(socket, "connect");
    socket.end(Buffer.from("000102030405\r\n\r\n", "latin1"));
    socket.resume();
    await once(socket, "close");
    await expectAlive({ fetch, url: world.httpUrl });
  });

  it.each(["application/connect+proto", "application/grpc-web+proto"])(
    "counts a stream of %s whose client hangs up in the middle as canceled, which is no error",
    async (contentType) => {
      const canceled = async (): Promise<number> => {
        const metrics = await (await fetch(`${world.httpUrl}/metrics`)).text();
        const count = /^flashpoint_rpc_refusals_total\{method="collectProfilingData",code="Canceled"\} (\d+)$/m;
        return Number(count.exec(metrics)?.[1] ?? 0);
      };
      const before = await canceled();
      const logged = world.log.length;
      const consoleError = vi.spyOn(console, "error");
      onTestFinished(() => consoleError.mockRestore());

      const call = request(`${world.httpUrl}${STACKS_PATH}`, {
        method: "POST",
        headers: { "content-type": contentType },
      });
      call.on("error", () => {}); // we hang up ourselves
      for (const message of flushOf("hung-up", [onCpu(1, "main")])) {
        const bytes = toBinary(EBPFProfilingDataSchema, create(EBPFProfilingDataSchema, message));
        await new Promise((resolve) => call.write(frame(bytes), resolve));
      }
      call.destroy();

      await until("the call is counted", async () => (await canceled()) > before || undefined);
      expect(world.log.slice(logged).filter(({ level }) => level === "error")).toEqual([]);
      expect(consoleError).not.toHaveBeenCalled();
      await expectAlive({ fetch, url: world.httpUrl });
    },
  );
});
