import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { gunzipSync } from "node:zlib";
import {
  Code,
  ConnectError,
  type ConnectRouter,
  type ConnectRouterOptions,
  type HandlerContext,
} from "@connectrpc/connect";
import { Registry } from "prom-client";
import { afterEach, beforeEach, expect, it } from "vitest";
import { buildHttpServer, type HttpServer } from "../../server/http/http-server.ts";
import { ContinuousProfilingService } from "../../shared/gen/ebpf/profiling/Continuous_pb.js";

const PATH = "/skywalking.v3.ContinuousProfilingService/queryPolicies";
const GRACE_MS = 10_000;

/** What a test waits for, and what waits for the test. */
let begun: PromiseWithResolvers<void>;
let released: PromiseWithResolvers<void>;
let carriedOut: number;
let server: HttpServer;
let socket: Socket;

/** Methods, and tokens of calls with the header `x-gate`, are decided when the test releases them. */
function routes(router: ConnectRouter): void {
  const requestGate = async ({ requestHeader }: HandlerContext): Promise<void> => {
    if (requestHeader.get("x-gate") === null) return;
    begun.resolve();
    await released.promise;
    if (requestHeader.get("x-gate") === "refuse") throw new ConnectError("no token", Code.Unauthenticated);
  };
  const queryPolicies = async (_query: unknown, { requestHeader }: HandlerContext) => {
    carriedOut++;
    begun.resolve();
    await released.promise;
    if (requestHeader.get("x-do") === "refuse") throw new ConnectError("too many", Code.ResourceExhausted);
    return requestHeader.get("x-do") === "long" ? { commands: [{ command: "policy ".repeat(1_000) }] } : {};
  };
  const options: ConnectRouterOptions = { grpc: false, requestGate };
  router.service(ContinuousProfilingService, { queryPolicies }, options);
}

beforeEach(async () => {
  [begun, released, carriedOut] = [Promise.withResolvers(), Promise.withResolvers(), 0];
  const measured = { list: () => [] };
  server = await buildHttpServer({ routes, checkEngines: async () => {}, registry: new Registry(), measured });
  const { host, port } = await server.listen("127.0.0.1", 0);
  socket = connect(port, host);
  await once(socket, "connect");
});
afterEach(async () => {
  released.resolve();
  socket.destroy();
  await server.close(0);
});

function request(headers: string[], body = "{}"): string {
  const all = ["host: test", "content-type: application/json", `content-length: ${body.length}`, ...headers];
  return `POST ${PATH} HTTP/1.1\r\n${all.join("\r\n")}\r\n\r\n${body}`;
}

/** All that comes until the connection ends. */
async function heard(connection = socket): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of connection) chunks.push(chunk);
  return Buffer.concat(chunks);
}

const statusesOf = (answers: Buffer): (string | undefined)[] =>
  [...answers.toString("latin1").matchAll(/^HTTP\/1\.1 (\d+)/gm)].map(([, status]) => status);

it.each([
  ["that is refused late", request(["x-do: refuse"]), "", "429", /"code":"resource_exhausted","message":"too many"/],
  ["whose token is refused late", request(["x-gate: refuse"]), "", "401", /"code":"unauthenticated"/],
  ["whose body turns out to be none", request(["x-gate: let in"]).slice(0, -1), "]", "400", /"invalid_argument"/],
])("a call %s is answered while the server ends", async (_what, before, after, status, text) => {
  socket.write(before);
  await begun.promise;
  const closed = server.close(GRACE_MS);
  released.resolve();
  socket.write(after);
  const answer = await heard();
  expect(statusesOf(answer)).toEqual([status]);
  expect(answer.toString()).toMatch(text);
  await closed;
});

it("a long answer is compressed while the server ends, and its call is carried out once", async () => {
  socket.write(request(["x-do: long", "accept-encoding: gzip"]));
  await begun.promise;
  const closed = server.close(GRACE_MS);
  released.resolve();
  const answer = await heard();
  expect(statusesOf(answer)).toEqual(["200"]);
  expect(answer.toString("latin1")).toMatch(/^content-encoding: gzip\r$/im);
  const body = answer.subarray(answer.indexOf("\r\n\r\n") + 4);
  const whole = /transfer-encoding: chunked/i.test(answer.toString("latin1"))
    ? body.subarray(body.indexOf("\r\n") + 2)
    : body;
  expect(JSON.parse(gunzipSync(whole).toString()).commands[0].command).toBe("policy ".repeat(1_000));
  expect(carriedOut).toBe(1);
  await closed;
});

it("a call that comes once the server ends is told so, and not carried out", async () => {
  const { remotePort = 0, remoteAddress = "" } = socket;
  const other = connect(remotePort, remoteAddress);
  await once(other, "connect");
  const late = request([]);
  other.write(late.slice(0, 20)); // else the connection would be idle, and closed
  socket.write(request([]));
  await begun.promise;
  const closed = server.close(GRACE_MS);
  other.write(late.slice(20));
  const answer = await heard(other);
  expect(statusesOf(answer)).toEqual(["503"]);
  expect(answer.toString()).toMatch(/connection: close\r\n/i);
  expect(answer.toString()).toContain("the server ends; send it again");
  expect(carriedOut).toBe(1);
  released.resolve();
  await closed;
});
