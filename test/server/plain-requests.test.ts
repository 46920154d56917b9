import { once } from "node:events";
import { type IncomingHttpHeaders, request } from "node:http";
import { connect } from "node:net";
import { gzipSync } from "node:zlib";
import { create, toBinary } from "@bufbuild/protobuf";
import {
  Code,
  ConnectError,
  type ConnectRouter,
  type ConnectRouterOptions,
  type HandlerContext,
} from "@connectrpc/connect";
import { Registry } from "prom-client";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { buildHttpServer, type HttpServer } from "../../server/http/http-server.ts";
import {
  type ContinuousProfilingPolicyQuery,
  ContinuousProfilingPolicyQuerySchema,
  ContinuousProfilingService,
} from "../../shared/gen/ebpf/profiling/Continuous_pb.js";

const PATH = "/skywalking.v3.ContinuousProfilingService/queryPolicies";
const QUERY = { policies: [{ serviceName: "checkout", uuid: "a".repeat(64) }] };
const MESSAGE = toBinary(ContinuousProfilingPolicyQuerySchema, create(ContinuousProfilingPolicyQuerySchema, QUERY));
const framed = (bytes: Uint8Array, flags = 0): Buffer =>
  Buffer.concat([Buffer.from([flags, 0, bytes.length >> 16, (bytes.length >> 8) & 255, bytes.length & 255]), bytes]);

const FORMS: [type: string, body: Buffer][] = [
  ["application/proto", Buffer.from(MESSAGE)],
  ["application/json", Buffer.from(JSON.stringify(QUERY))],
  ["application/grpc-web+proto", framed(MESSAGE)],
];

/** How often a token was asked for, and how often a method. */
let asked = { gate: 0, method: 0 };

/** Does to a call what its header `x-do` says, and to its token what `x-gate` says. */
function routes(router: ConnectRouter): void {
  const requestGate = ({ requestHeader }: HandlerContext): void | Promise<void> => {
    asked.gate++;
    const how = requestHeader.get("x-gate") ?? "";
    const decide = (): void => {
      if (how.endsWith("refuse")) throw new ConnectError("no token", Code.Unauthenticated, { "retry-after": "7" });
    };
    return how.startsWith("later") ? Promise.resolve().then(decide) : decide();
  };
  const answer = ({ policies }: ContinuousProfilingPolicyQuery, context: HandlerContext) => {
    const what = context.requestHeader.get("x-do") ?? "";
    if (what.endsWith("refuse")) throw new ConnectError("ünlikely", Code.ResourceExhausted, { "x-more": "a" });
    if (what.endsWith("break")) throw new Error("a bug");
    // Asked for, they are Connect's to send.
    if (what.endsWith("header")) context.responseHeader.set("x-own", "1");
    const command = what.endsWith("long") ? "policy ".repeat(1_000) : JSON.stringify(policies);
    return what.endsWith("nothing") ? {} : { commands: [{ command }] };
  };
  const queryPolicies = (query: ContinuousProfilingPolicyQuery, context: HandlerContext) => {
    asked.method++;
    const isLate = context.requestHeader.get("x-do")?.startsWith("later") ?? false;
    return isLate
      ? new Promise((resolve) => setImmediate(resolve)).then(() => answer(query, context))
      : answer(query, context);
  };
  // What a method answers at once, Connect's own type does not know.
  const options: ConnectRouterOptions = { grpc: false, requestGate };
  router.service(ContinuousProfilingService, { queryPolicies } as never, options);
}

interface Answer {
  readonly status: number | undefined;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

let server: HttpServer;
let port: number;

beforeAll(async () => {
  const measured = { list: () => [] };
  server = await buildHttpServer({ routes, checkEngines: async () => {}, registry: new Registry(), measured });
  ({ port } = await server.listen("127.0.0.1", 0));
});
afterAll(() => server.close(0));
beforeEach(() => {
  asked = { gate: 0, method: 0 };
});

/** @param isChunked whether its length is left unsaid, which is how a call is Connect's from the beginning. */
async function post(headers: Record<string, string>, body: Uint8Array, isChunked: boolean): Promise<Answer> {
  const length = isChunked ? { "transfer-encoding": "chunked" } : { "content-length": String(body.length) };
  const call = request({ port, path: PATH, method: "POST", headers: { ...headers, ...length } });
  call.end(body);
  const [response] = await once(call, "response");
  const chunks: Buffer[] = [];
  for await (const chunk of response) chunks.push(chunk);
  const { date: _date, "content-length": _length, "transfer-encoding": _encoding, ...said } = response.headers;
  return { status: response.statusCode, headers: said, body: Buffer.concat(chunks).toString("latin1") };
}

/** Sends the same on both roads. @returns what both answered. */
async function compare(headers: Record<string, string>, body: Uint8Array): Promise<Answer> {
  asked = { gate: 0, method: 0 };
  const byConnect = await post(headers, body, true);
  const connectAsked = asked;
  asked = { gate: 0, method: 0 };
  const answer = await post(headers, body, false);
  expect(answer).toEqual(byConnect);
  expect(asked, "a call is let in, and answered, once").toEqual(connectAsked);
  return answer;
}

describe.each(FORMS)("a call as %s is answered as by Connect alone", (type, body) => {
  const header = { "content-type": type };

  it.each(["nothing", "short", "later nothing", "later short", "header", "later header"])("with %s", async (what) => {
    expect(await compare({ ...header, "x-do": what }, body)).toMatchObject({ status: 200 });
    expect(await compare({ ...header, "x-do": what, "x-gate": "later" }, body)).toMatchObject({ status: 200 });
  });

  it.each(["refuse", "break", "later refuse", "later break"])("where it goes wrong: %s", async (what) => {
    await compare({ ...header, "x-do": what }, body);
    await compare({ ...header, "x-do": what, "x-gate": "later" }, body);
  });

  it.each(["refuse", "later refuse"])("where its token is refused: %s", async (how) => {
    await compare({ ...header, "x-gate": how }, body);
    expect(asked).toEqual({ gate: 1, method: 0 });
  });

  it.each(["gzip", "br, gzip", "identity", "zstd", ""])("whose caller takes %j", async (accepted) => {
    const accept = { "accept-encoding": accepted, "grpc-accept-encoding": accepted };
    for (const what of ["nothing", "short", "long", "later long"])
      await compare({ ...header, ...accept, "x-do": what }, body);
  });

  it("whose caller is a page", async () => {
    const { headers } = await compare({ ...header, origin: "https://a.test", "x-do": "short" }, body);
    expect(headers).toMatchObject({ "access-control-allow-origin": "*" });
  });

  it("that is no message, or none at all", async () => {
    for (const bytes of [Buffer.alloc(0), Buffer.from([0xff]), body.subarray(0, -1), Buffer.concat([body, body])])
      await compare(header, bytes);
  });

  it("that is compressed, or says so", async () => {
    await compare({ ...header, "content-encoding": "gzip", "grpc-encoding": "gzip" }, gzipSync(body));
    await compare({ ...header, "content-encoding": "gzip", "grpc-encoding": "gzip" }, framed(gzipSync(MESSAGE), 1));
    await compare({ ...header, "content-encoding": "none", "grpc-encoding": "none" }, body);
  });

  it("that has a deadline", async () => {
    await compare({ ...header, "connect-timeout-ms": "1000", "grpc-timeout": "1S" }, body);
    await compare({ ...header, "connect-timeout-ms": "soon", "grpc-timeout": "soon" }, body);
  });

  it("that is as large as any may be", async () => {
    await compare(header, Buffer.alloc(1_024 * 1_024, " "));
  });
});

it.each(FORMS)("a body of %s that comes in pieces is answered once it is whole", async (type, body) => {
  // Of protobuf, the first half is a message, too.
  const whole = type === "application/proto" ? Buffer.concat([body, body]) : body;
  const pieces = [whole.subarray(0, whole.length / 2), whole.subarray(whole.length / 2, -1), whole.subarray(-1)];
  const socket = connect(port, "127.0.0.1").setNoDelay(true);
  const head = `POST ${PATH} HTTP/1.1\r\nhost: test\r\ncontent-type: ${type}\r\nconnection: close\r\n`;
  socket.write(`${head}content-length: ${whole.length}\r\n\r\n`);
  for (const piece of pieces) {
    socket.write(piece);
    await fetch(`http://127.0.0.1:${port}/healthz`); // what was sent before is there by now
  }
  let answer = "";
  for await (const chunk of socket) answer += chunk;
  expect(answer).toMatch(/^HTTP\/1\.1 200 /);
  expect(answer.split("checkout").length - 1).toBe(type === "application/proto" ? 2 : 1);
  expect(asked).toEqual({ gate: 1, method: 1 });
});

it("requests that a connection sends ahead are answered in their order, on either road", async () => {
  const one = (what: string, length: boolean): string => {
    const body = JSON.stringify(QUERY);
    const rest = length
      ? `content-length: ${body.length}\r\n\r\n${body}`
      : `transfer-encoding: chunked\r\n\r\n${body.length.toString(16)}\r\n${body}\r\n0\r\n\r\n`;
    return `POST ${PATH} HTTP/1.1\r\nhost: test\r\ncontent-type: application/json\r\nx-do: ${what}\r\n${rest}`;
  };
  const socket = connect(port, "127.0.0.1");
  socket.write(one("later short", false) + one("nothing", true) + one("later refuse", true) + one("short", true));
  let answer = "";
  socket.setEncoding("latin1");
  for await (const chunk of socket) {
    answer += chunk;
    if (answer.split("HTTP/1.1 ").length === 5 && answer.endsWith("}")) break;
  }
  expect([...answer.matchAll(/HTTP\/1\.1 (\d+)/g)].map(([, status]) => status)).toEqual(["200", "200", "429", "200"]);
});

it.each([
  ["two Host headers", "host: other\r\n", 1, ["400"]],
  ["129 headers", "x: y\r\n".repeat(126), 1, ["431"]],
  ["more calls ahead than a connection may have open", "x-do: later short\r\n", 17, [...Array(16).fill("200"), "429"]],
])("a call with %s is refused as any other request", async (_what, more, times, statuses) => {
  const body = JSON.stringify(QUERY);
  const one = `POST ${PATH} HTTP/1.1\r\nhost: test\r\ncontent-type: application/json\r\n${more}content-length: ${body.length}\r\n\r\n${body}`;
  const socket = connect(port, "127.0.0.1");
  socket.write(one.repeat(times));
  let answer = "";
  for await (const chunk of socket) answer += chunk;
  expect([...answer.matchAll(/HTTP\/1\.1 (\d+)/g)].map(([, status]) => status)).toEqual(statuses);
});
