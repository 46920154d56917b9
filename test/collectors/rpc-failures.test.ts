import http from "node:http";
import http2, { type ServerHttp2Session, type ServerHttp2Stream } from "node:http2";
import net, { type Socket } from "node:net";
import { afterAll, describe, expect, onTestFinished, test } from "vitest";
import { sendEvent } from "../../shared/collectors/kinds.ts";
import { createEgress } from "../../shared/egress/egress.ts";
import { taskReported } from "../support/delivered-events.ts";
import {
  answering,
  CONTEXT,
  collectorAt,
  egress,
  KINDS,
  LOOPBACK,
  listening,
  service,
} from "../support/rpc-collectors.ts";
import { startRpcDouble } from "../support/rpc-double.ts";
import { withSeenConnections } from "../support/seen-connections.ts";
import { startSwitchableProxy } from "../support/switchable-proxy.ts";
import { until } from "../support/until.ts";

afterAll(() => egress.close());
const DELIVERED = { kind: "delivered" };
const CONTENT_TYPE = {
  connect: "application/proto",
  grpc: "application/grpc+proto",
  "grpc-web": "application/grpc-web+proto",
};

describe.each(KINDS)("over %s", (kind) => {
  test("nothing compressed is asked for, which could hold more than its size says", async () => {
    const asked: http.IncomingHttpHeaders[] = [];
    const server = answering(kind, { status: 503, headers: {} });
    server.on("request", (request: http.IncomingMessage) => asked.push(request.headers));
    const { url } = await listening(server);
    expect(await sendEvent(collectorAt(kind, url), taskReported(), CONTEXT)).toMatchObject({ kind: "retry" });
    expect(asked).toHaveLength(1);
    expect(Object.keys(asked[0] ?? {}).filter((name) => name.endsWith("accept-encoding"))).toEqual([]);
  });

  test.each([
    [301, "refused"],
    [307, "refused"],
    [400, "refused"],
    [404, "refused"],
    [410, "gone"],
    [429, "retry"],
    [503, "retry"],
  ])("the page of a proxy with status %i counts by it (%s), and no redirect is followed", async (status, outcome) => {
    let requests = 0;
    const server = answering(kind, {
      status,
      headers: { "content-type": "text/html", location: "/elsewhere", "retry-after": "60" },
      body: "<h1>Elsewhere</h1>",
    });
    server.on(kind === "grpc" ? "stream" : "request", () => {
      requests += 1;
    });
    const { url } = await listening(server);
    expect(await sendEvent(collectorAt(kind, url), taskReported(), CONTEXT)).toEqual({
      kind: outcome,
      reason: expect.stringContaining(`HTTP ${status}`),
      ...(outcome === "retry" && { retryAfterSeconds: 60 }),
    });
    expect(requests).toBe(1);
  });

  test.each<[string, { status: number; headers: Record<string, string>; body: Buffer | string }]>([
    ["the page of a proxy", { status: 200, headers: { "content-type": "text/html" }, body: "<h1>Log in</h1>" }],
    [
      "noise",
      {
        status: 200,
        headers: { "content-type": CONTENT_TYPE[kind] },
        body: kind === "connect" ? Buffer.from([255, 255, 255]) : Buffer.from([0, 0, 0, 0, 3, 255, 255, 255]),
      },
    ],
    [
      "an answer of more than it may hold",
      {
        status: 200,
        headers: { "content-type": CONTENT_TYPE[kind] },
        body: kind === "connect" ? Buffer.alloc(70_000) : Buffer.from([0, 0, 16, 0, 0, 1, 2, 3]),
      },
    ],
    [
      "half an answer",
      {
        status: 200,
        headers: { "content-type": CONTENT_TYPE[kind], "content-length": "8" },
        body: Buffer.from([0, 0, 0, 0, 3, 10]),
      },
    ],
  ])("after %s it is tried again", async (_, answer) => {
    const { url, open } = await listening(answering(kind, answer));
    expect(await sendEvent(collectorAt(kind, url), taskReported(), CONTEXT)).toEqual({
      kind: "retry",
      reason: expect.stringMatching(/^\[[a-z_]+\] ./),
    });
    await until("nothing is left open", async () => (await open()) === 0 || undefined);
  });

  test.each<[string, (socket: Socket) => void]>([
    ["is closed at once", (socket) => socket.end()],
    ["is reset at once", (socket) => socket.resetAndDestroy()],
    ["is reset once the call is there", (socket) => socket.once("data", () => socket.resetAndDestroy())],
    ["speaks another protocol", (socket) => socket.write("220 mail.example.com ESMTP\r\n")],
  ])(
    "after a connection that %s it is tried again, and nothing stays open",
    async (_, behave) => {
      const { url, open } = await listening(
        net.createServer((socket) => behave(socket.on("error", () => {}).resume())),
      );
      const outcome = await sendEvent(collectorAt(kind, url), taskReported(), CONTEXT);
      expect(outcome).toEqual({ kind: "retry", reason: expect.stringMatching(/./) });
      await until("nothing is left open", async () => (await open()) === 0 || undefined);
    },
    5_000,
  ); // no time-out is needed to notice

  test("after a connection that says nothing it is tried again in time, and nothing stays open", async () => {
    const { url, open } = await listening(net.createServer((socket) => socket.resume()));
    const hurried = { ...collectorAt(kind, url), timeoutSeconds: 0.1 };
    expect(await sendEvent(hurried, taskReported(), CONTEXT)).toEqual({
      kind: "retry",
      reason: expect.stringMatching(/^\[deadline_exceeded\] ./),
    });
    await until("nothing is left open", async () => (await open()) === 0 || undefined);
  }, 5_000);

  test("a call that the collector never answers ends in time, and so does the collector's part of it", async () => {
    const { double, collector } = await service(kind);
    double.answer(() => new Promise(() => {}));
    const outcome = await sendEvent({ ...collector, timeoutSeconds: 1 }, taskReported(), CONTEXT);
    expect(outcome).toEqual({ kind: "retry", reason: expect.stringMatching(/^\[deadline_exceeded\] ./) });
    expect(double.calls).toHaveLength(1);
  }, 5_000);

  test("nobody goes on reading an answer without end", async () => {
    const headers = { "content-type": CONTENT_TYPE[kind] };
    const server =
      kind === "grpc"
        ? http2.createServer().on("stream", (stream: ServerHttp2Stream) => {
            stream.on("error", () => {});
            stream.respond(headers);
            pour(stream);
          })
        : http.createServer((_, response) => pour(response.writeHead(200, headers)));
    const { url, open } = await listening(server);
    expect(await sendEvent(collectorAt(kind, url), taskReported(), CONTEXT)).toMatchObject({ kind: "retry" });
    await until("nothing is left open", async () => (await open()) === 0 || undefined);
  }, 5_000);

  test("if nobody listens it is tried again", async () => {
    const proxy = await startSwitchableProxy(0);
    await proxy.close();
    const collector = collectorAt(kind, `http://127.0.0.1:${proxy.port}`);
    expect(await sendEvent(collector, taskReported(), CONTEXT)).toEqual({
      kind: "retry",
      reason: `[unavailable] connect ECONNREFUSED 127.0.0.1:${proxy.port}`,
    });
  });
});

describe("a gRPC server", () => {
  const behaving = (behave: (stream: ServerHttp2Stream, session: ServerHttp2Session) => void) =>
    http2.createServer().on("stream", (stream: ServerHttp2Stream) => {
      stream.on("error", () => {});
      behave(stream, stream.session as ServerHttp2Session);
    });
  const { constants } = http2;

  test.each<[string, (stream: ServerHttp2Stream, session: ServerHttp2Session) => void]>([
    ["refuses the stream", (stream) => stream.close(constants.NGHTTP2_REFUSED_STREAM)],
    ["resets the stream", (stream) => stream.close(constants.NGHTTP2_INTERNAL_ERROR)],
    ["cancels the stream", (stream) => stream.close(constants.NGHTTP2_CANCEL)],
    ["asks for calm", (_, session) => session.goaway(constants.NGHTTP2_ENHANCE_YOUR_CALM)],
    ["goes away without an answer", (_, session) => session.destroy(undefined, constants.NGHTTP2_NO_ERROR)],
    ["goes away with an error", (_, session) => session.goaway(constants.NGHTTP2_PROTOCOL_ERROR)],
    [
      "answers without a status",
      (stream) => stream.respond({ "content-type": "application/grpc" }, { endStream: true }),
    ],
  ])(
    "that %s is tried again, and nothing stays open",
    async (_, behave) => {
      const { url, open } = await listening(behaving(behave));
      expect(await sendEvent(collectorAt("grpc", url), taskReported(), CONTEXT)).toEqual({
        kind: "retry",
        reason: expect.stringMatching(/./),
      });
      await until("nothing is left open", async () => (await open()) === 0 || undefined);
    },
    5_000,
  );

  test("that says it goes away, but answers the call, has taken it; the next one is delivered too", async () => {
    const server = behaving((stream, session) => {
      session.goaway(constants.NGHTTP2_NO_ERROR);
      stream.respond({ "content-type": "application/grpc" }, { waitForTrailers: true });
      stream.on("wantTrailers", () => stream.sendTrailers({ "grpc-status": "0" }));
      stream.end(Buffer.from([0, 0, 0, 0, 0]));
    });
    const { url } = await listening(server);
    const { opened, egress: seen } = withSeenConnections(egress);
    const context = { stack: "flashpoint", egress: seen };
    for (let delivery = 0; delivery < 2; delivery += 1) {
      expect(await sendEvent(collectorAt("grpc", url), taskReported(), context)).toEqual(DELIVERED);
    }
    expect(opened.map(({ closed, destroyed }) => closed || destroyed)).toEqual([true, true]);
  });

  test("gets no call with a header that HTTP/2 forbids, and nothing stays open", async () => {
    const { url, open } = await listening(behaving(() => {}));
    const collector = { ...collectorAt("grpc", url), headers: { connection: "close" } };
    expect(await sendEvent(collector, taskReported(), CONTEXT)).toEqual({
      kind: "retry",
      reason: expect.stringContaining("connection"),
    });
    await until("nothing is left open", async () => (await open()) === 0 || undefined);
  }, 5_000); // before any time-out

  test("that does not finish shaking hands holds nobody up once the way out is closed", async () => {
    const own = createEgress({ networks: LOOPBACK, connectTimeoutMs: 60_000 });
    const server = net.createServer(() => own.close());
    const { url } = await listening(server);
    const collector = collectorAt("grpc", url.replace("http:", "https:"));
    expect(await sendEvent(collector, taskReported(), { stack: "flashpoint", egress: own })).toEqual({
      kind: "retry",
      reason: "[unavailable] connection closed",
    });
  }, 5_000); // before any time-out

  test("that is restarted between two deliveries gets both", async () => {
    const double = await startRpcDouble("grpc");
    const proxy = await startSwitchableProxy(Number(new URL(double.url).port));
    onTestFinished(async () => {
      await proxy.close();
      await double.close();
    });
    const collector = collectorAt("grpc", `http://127.0.0.1:${proxy.port}`);
    expect(await sendEvent(collector, taskReported(), CONTEXT)).toEqual(DELIVERED);
    proxy.set("pass"); // ends all connections
    expect(await sendEvent(collector, taskReported(), CONTEXT)).toEqual(DELIVERED);
  });
});

function pour(into: NodeJS.WritableStream): void {
  const more = (): void => {
    while (into.write("x".repeat(16_000)));
  };
  into.on("drain", more);
  more();
}
