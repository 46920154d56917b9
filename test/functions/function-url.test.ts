import { create, type DescMessage, type MessageInitShape, toBinary } from "@bufbuild/protobuf";
import { Code, ConnectError, createClient, type Transport } from "@connectrpc/connect";
import { createConnectTransport, createGrpcWebTransport } from "@connectrpc/connect-node";
import { afterAll, beforeAll, describe, expect, it, test } from "vitest";
import { createFunctionUrlHandler } from "../../functions/agent-api/function-url.ts";
import {
  ContinuousProfilingReportSchema,
  ContinuousProfilingService,
} from "../../shared/gen/ebpf/profiling/Continuous_pb.js";
import { EBPFProfilingDataSchema, EBPFProfilingService } from "../../shared/gen/ebpf/profiling/Profile_pb.js";
import { createUniversalHandler } from "../../shared/rpc/universal-handler.ts";
import { eventOf } from "../support/lambda-fetch.ts";
import { type LambdaServer, startLambdaServer } from "../support/lambda-server.ts";
import { flushOf, onCpu, type StackMessage } from "../support/stacks.ts";

/** A host of nothing but an echo of one header, to look at the way there and back. */
const handler = createFunctionUrlHandler(async ({ header }) => ({
  status: 200,
  header: new Headers({ "x-echo": header.get("x-note") ?? "" }),
}));

async function answerTo(headers: Record<string, string>) {
  const event = await eventOf(new Request("https://function-url.test/x", { method: "POST", body: "{}" }));
  return handler({ ...event, headers: { ...event.headers, ...headers } });
}

test.each([
  ["a value outside Latin-1", { "x-note": "日本" }],
  ["an emoji", { "x-note": "🔥" }],
  ["a line break", { "x-note": "a\r\nb" }],
  ["a name that is none", { "x note": "a" }],
])("a header with %s is answered 400, and the next call is served", async (_what, headers) => {
  expect(await answerTo(headers)).toMatchObject({ statusCode: 400 });
  expect(await answerTo({ "x-note": "é" })).toMatchObject({ statusCode: 200, headers: { "x-echo": "é" } });
});

describe("an event that is no request as AWS makes them", () => {
  const event = () => eventOf(new Request("https://function-url.test/x", { method: "POST", body: "{}" }));
  // biome-ignore lint/suspicious/noExplicitAny: events that their type does not allow
  type Odd = (event: any) => object;

  test.each<[string, number, Odd]>([
    ["no headers", 400, () => ({ headers: undefined })],
    [
      "a method that is none",
      400,
      () => ({ requestContext: { domainName: "function-url.test", http: { method: 7 } } }),
    ],
    ["a path that is none", 404, () => ({ rawPath: {} })],
    ["no method", 400, () => ({ requestContext: {} })],
    ["nothing of what an event has", 400, () => ({ headers: undefined, requestContext: undefined, body: undefined })],
    ["a body of base64 that is none", 400, () => ({ body: "?!§$" })],
    ["a body that is no text", 400, () => ({ body: { a: 1 } })],
    ["a path with dots that lead elsewhere", 404, () => ({ rawPath: "/a/../x" })],
    ["a path with a query in it", 404, () => ({ rawPath: "/x?y" })],
    ["a path without a slash", 404, () => ({ rawPath: "x" })],
    ["no path", 404, () => ({ rawPath: undefined })],
    [
      "a domain that is none",
      404,
      ({ requestContext }) => ({ requestContext: { ...requestContext, domainName: "a b" } }),
    ],
    ["no domain, which nothing depends on", 200, ({ requestContext: { http } }) => ({ requestContext: { http } })],
    ["no body", 200, () => ({ body: undefined })],
    ["a blank body", 200, () => ({ body: null })],
    ["no query", 200, () => ({ rawQueryString: undefined })],
    [
      "headers in odd cases, some twice",
      200,
      ({ headers }) => ({ headers: { ...headers, "X-NOTE": "a", "x-Note": "b" } }),
    ],
  ])("%s: is answered %i", async (_what, statusCode, change) => {
    const usual = await event();
    const answer = await handler({ ...usual, ...change(usual) } as typeof usual);
    expect(answer.statusCode).toBe(statusCode);
    expect(answer.headers).toMatchObject({ "x-content-type-options": "nosniff" });
  });
});

test("every answer says that it is no page, is not to be kept, and always comes over TLS", async () => {
  const preflight = {
    method: "OPTIONS",
    headers: { origin: "https://a.test", "access-control-request-method": "POST" },
  };
  const toPage = { method: "POST", body: "{}", headers: { origin: "https://a.test" } };
  for (const init of [{ method: "POST", body: "{}" }, toPage, preflight]) {
    const answer = await handler(await eventOf(new Request("https://function-url.test/x", init)));
    expect(answer.headers).toMatchObject({
      "x-content-type-options": "nosniff",
      "cache-control": "no-store",
      "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
      "referrer-policy": "no-referrer",
      "strict-transport-security": "max-age=63072000",
    });
    // Of no use to anybody else, and sent with every poll.
    expect(answer.headers?.["access-control-allow-origin"]).toBe("headers" in init ? "*" : undefined);
  }
});

describe("the body of a request", () => {
  /** What README and limits.ts promise, since Lambda takes 6 MB as an event, in which the body is base64. */
  const MOST_BYTES = 4 * 1_024 * 1_024;
  /** What Connect and gRPC-web put before each message of a stream. */
  const PREFIX_BYTES = 5;

  /** Services that say how much arrived. */
  const counting = createUniversalHandler((router) => {
    router.service(EBPFProfilingService, {
      queryTasks: () => ({}),
      async collectProfilingData(messages) {
        let bytes = 0;
        for await (const message of messages) bytes += PREFIX_BYTES + sizeOf(EBPFProfilingDataSchema, message);
        return { commands: [{ command: String(bytes) }] };
      },
    });
    router.service(ContinuousProfilingService, {
      queryPolicies: () => ({}),
      reportProfilingTask: ({ serviceName }) => ({ commands: [{ command: String(serviceName.length) }] }),
    });
  });
  let lambda: LambdaServer;
  beforeAll(async () => {
    lambda = await startLambdaServer(createFunctionUrlHandler(counting));
  });
  afterAll(() => lambda.close());

  function sizeOf<Desc extends DescMessage>(schema: Desc, message: MessageInitShape<Desc>): number {
    return toBinary(schema, create(schema, message)).length;
  }

  /** A stream of so many bytes on the wire, in messages that are each within the bounds of one. */
  function streamOf(bytes: number): StackMessage[] {
    const COUNT = 8;
    const rest = bytes % COUNT;
    return Array.from({ length: COUNT }, (_, index) => messageOf(Math.floor(bytes / COUNT) + (index < rest ? 1 : 0)));
  }

  function messageOf(bytes: number): StackMessage {
    const of = (length: number): StackMessage => flushOf("task", [onCpu(1, "x".repeat(length))])[0] ?? {};
    const frame = PREFIX_BYTES + sizeOf(EBPFProfilingDataSchema, of(bytes)) - bytes;
    return of(bytes - frame);
  }

  const code = (call: Promise<unknown>): Promise<string> =>
    call.then(
      () => "answered",
      (error) => Code[ConnectError.from(error).code] ?? "",
    );

  describe.each<[string, (url: string) => Transport]>([
    ["Connect", (baseUrl) => createConnectTransport({ baseUrl, httpVersion: "1.1" })],
    ["gRPC-web", (baseUrl) => createGrpcWebTransport({ baseUrl, httpVersion: "1.1" })],
  ])("over %s", (_name, open) => {
    it("is taken up to 4 MiB of a client stream; one byte more is RESOURCE_EXHAUSTED", async () => {
      const { collectProfilingData } = createClient(EBPFProfilingService, open(lambda.url));
      const send = (bytes: number) => collectProfilingData(asyncOf(streamOf(bytes)));
      expect((await send(MOST_BYTES)).commands[0]?.command).toBe(String(MOST_BYTES));
      const error = ConnectError.from(await send(MOST_BYTES + 1).catch((reason) => reason));
      expect(error.code).toBe(Code.ResourceExhausted);
      expect(error.rawMessage).toContain(`holds ${MOST_BYTES + 1} bytes`);
      expect(error.rawMessage).toContain("send less at once, or over native gRPC");
      expect((await send(10_000)).commands).toHaveLength(1); // and the next is served
    });

    it("of a unary call is taken up to 1 MiB, as everywhere; more is RESOURCE_EXHAUSTED", async () => {
      const { reportProfilingTask } = createClient(ContinuousProfilingService, open(lambda.url));
      const frame = sizeOf(ContinuousProfilingReportSchema, { serviceName: "x".repeat(1_000_000) }) - 1_000_000;
      const most = 1_024 * 1_024 - frame;
      const send = (length: number) => reportProfilingTask({ serviceName: "x".repeat(length) });
      expect((await send(most)).commands[0]?.command).toBe(String(most));
      expect(await code(send(most + 1))).toBe("ResourceExhausted");
      expect(await code(send(MOST_BYTES + 1))).toBe("ResourceExhausted");
    });
  });

  async function* asyncOf(messages: StackMessage[]) {
    yield* messages;
  }
});
