import { once } from "node:events";
import { connect } from "node:http2";
import { connect as connectSocket } from "node:net";
import { Registry } from "prom-client";
import { afterEach, expect, it } from "vitest";
import { buildGrpcServer } from "../../server/grpc/grpc-server.ts";
import { HTTP_LIMITS } from "../../server/http/http-limits.ts";
import { buildHttpServer } from "../../server/http/http-server.ts";
import { createMeasuredValues } from "../../shared/agent/measured-values.ts";
import { ContinuousProfilingService } from "../../shared/gen/ebpf/profiling/Continuous_pb.js";
import { until } from "../support/until.ts";

const REFLECTION = "/grpc.reflection.v1.ServerReflection/";

const closing: (() => unknown)[] = [];
afterEach(async () => {
  await Promise.all(closing.splice(0).map((close) => close()));
});

async function http(isOperator?: () => boolean, checkEngines = async () => {}): Promise<string> {
  const server = await buildHttpServer({
    routes: (router) => router.service(ContinuousProfilingService, { queryPolicies: () => ({}) }),
    checkEngines,
    registry: new Registry(),
    measured: createMeasuredValues(),
    ...(isOperator && { isOperator }),
  });
  closing.push(() => server.close(0));
  return `http://127.0.0.1:${(await server.listen("127.0.0.1", 0)).port}`;
}

/** All that the server says to a call without a message, but for the date. */
async function grpcAnswer(isOperator: () => boolean, method: string, headers: Record<string, string> = {}) {
  const server = buildGrpcServer(
    (router) => router.service(ContinuousProfilingService, { queryPolicies: () => ({}) }),
    { isOperator },
  );
  closing.push(() => server.close(0));
  const session = connect(`http://127.0.0.1:${(await server.listen("127.0.0.1", 0)).port}`);
  closing.push(() => session.destroy());
  const stream = session.request({
    ":method": "POST",
    ":path": `${REFLECTION}${method}`,
    "content-type": "application/grpc",
    te: "trailers",
    ...headers,
  });
  const heard: Record<string, unknown>[] = [];
  const hear = ({ date: _, ...rest }: Record<string, unknown>): void => void heard.push(rest);
  stream.on("response", hear).on("trailers", hear);
  stream.on("error", () => {});
  stream.resume().end();
  await once(stream, "close");
  return JSON.parse(JSON.stringify(heard).replaceAll(method, "METHOD"));
}

it("metrics and measured values are for operators; others hear what they hear of an address that is nothing", async () => {
  const [open, shut] = [await http(() => true), await http(() => false)];
  for (const path of ["/metrics", "/measured", "/measured?service=a"]) {
    expect((await fetch(`${open}${path}`)).status, path).not.toBe(404);
    const refused = await fetch(`${shut}${path}`);
    const nothing = await fetch(`${shut}/nothing`);
    expect(refused.status).toBe(404);
    expect((await refused.text()).replace(path.split("?")[0] ?? "", "/nothing")).toBe(await nothing.text());
    const names = (response: Response) => [...response.headers.keys()].filter((name) => name !== "content-length");
    expect(names(refused)).toEqual(names(nothing));
  }
  expect(await (await fetch(`${shut}/`)).text()).not.toMatch(/metrics|measured/);
  for (const path of ["/healthz", "/readyz"]) expect((await fetch(`${shut}${path}`)).status, path).toBe(200);
});

it.each<Record<string, string>>([
  {},
  { "grpc-timeout": "none" },
  { "grpc-timeout": "1m" },
  { "grpc-encoding": "snappy" },
])("reflection is for operators; others hear what they hear of a method that there is not: %j", async (headers) => {
  const unknown = await grpcAnswer(() => true, "NoSuchMethod", headers);
  expect(unknown[0]["grpc-status"]).toBe("12");
  expect(await grpcAnswer(() => false, "ServerReflectionInfo", headers)).toEqual(unknown);
  if (Object.keys(headers).length === 0) {
    expect(await grpcAnswer(() => true, "ServerReflectionInfo")).not.toEqual(unknown);
  }
});

it("every answer says that it is no page and is not to be kept; only calls are for other pages", async () => {
  const url = await http();
  const rpc = "/skywalking.v3.ContinuousProfilingService/queryPolicies";
  const requests: [string, RequestInit][] = [
    ["/healthz", {}],
    ["/readyz", {}],
    ["/metrics", {}],
    ["/measured?service=a", {}],
    ["/nothing", {}],
    ["/%zz", {}],
    [rpc, { method: "GET" }],
    [rpc, { method: "POST", headers: { "content-type": "application/json" }, body: "{}" }],
    [rpc, { method: "POST", headers: { "content-type": "application/xml" }, body: "{}" }],
    [rpc, { method: "OPTIONS", headers: { origin: "https://a.test", "access-control-request-method": "POST" } }],
  ];
  const toPages = requests.map(([path, init]): [string, RequestInit] => [
    path,
    { ...init, headers: { origin: "https://a.test", ...init.headers } },
  ]);
  for (const [path, init] of [...requests, ...toPages]) {
    const { headers } = await fetch(`${url}${path}`, init);
    const isPage = new Headers(init.headers).has("origin");
    expect(Object.fromEntries(headers), path).toMatchObject({
      "x-content-type-options": "nosniff",
      "cache-control": "no-store",
      "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
      "referrer-policy": "no-referrer",
    });
    // Cleartext: nobody can know whether TLS would be there.
    expect(headers.get("strict-transport-security")).toBe(null);
    expect(headers.get("access-control-allow-origin"), path).toBe(path === rpc && isPage ? "*" : null);
  }
});

it.each([
  ["bytes that are no HTTP", "\0\x01\x02\r\n\r\n", 400],
  ["a request without a Host", "GET /healthz HTTP/1.1\r\n\r\n", 400],
  ["headers that are too long", `GET /healthz HTTP/1.1\r\nHost: a\r\nX: ${"a".repeat(20_000)}\r\n\r\n`, 431],
  ["an expectation that nobody meets", "GET /healthz HTTP/1.1\r\nHost: a\r\nExpect: much\r\n\r\n", 417],
])("the same says the answer to %s", async (_what, text, status) => {
  const { port } = new URL(await http());
  const socket = connectSocket(Number(port), "127.0.0.1");
  closing.push(() => socket.destroy());
  let heard = "";
  socket.on("data", (chunk) => {
    heard += chunk;
  });
  socket.on("error", () => {}).write(text);
  await until("it is answered", () => (heard.includes("\r\n\r\n") ? true : undefined));
  expect(heard).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `));
  for (const header of [
    "x-content-type-options: nosniff",
    "cache-control: no-store",
    "content-security-policy: default-src 'none'; frame-ancestors 'none'",
    "referrer-policy: no-referrer",
  ]) {
    expect(heard.toLowerCase()).toContain(header);
  }
});

it("whoever asks whether the engines answer, while that is being found out, hears the same", async () => {
  let checks = 0;
  let finish: () => void = () => {};
  const url = await http(undefined, () => {
    checks++;
    return new Promise((resolve) => {
      finish = resolve;
    });
  });
  const asked = Array.from({ length: 5 }, () => fetch(`${url}/readyz`));
  await until("it is being found out", () => checks || undefined);
  const alive = await Promise.all(Array.from({ length: 5 }, () => fetch(`${url}/healthz`))); // behind the others
  expect(alive.map(({ status }) => status)).toEqual([200, 200, 200, 200, 200]);
  expect(checks).toBe(1);
  finish();
  expect((await Promise.all(asked)).map(({ status }) => status)).toEqual([200, 200, 200, 200, 200]);
  const again = fetch(`${url}/readyz`);
  await until("it is found out again", () => (checks === 2 ? true : undefined));
  finish();
  expect((await again).status).toBe(200);
});

it("the slow are cut within the times that the docs say", () => {
  expect(HTTP_LIMITS).toMatchObject({ headersMs: 10_000, requestMs: 30_000, keepAliveMs: 60_000, silentMs: 60_000 });
  expect(HTTP_LIMITS.checkedEveryMs).toBeLessThanOrEqual(5_000);
});
