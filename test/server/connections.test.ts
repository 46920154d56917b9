import { once } from "node:events";
import { connect as connectHttp2, constants } from "node:http2";
import { connect, type Socket } from "node:net";
import { connect as connectTls } from "node:tls";
import { fileURLToPath } from "node:url";
import { afterEach, describe, expect, it } from "vitest";
import { CONNECTION_LIMITS } from "../../server/grpc/connections.ts";
import { buildGrpcServer, type GrpcServer } from "../../server/grpc/grpc-server.ts";
import { ContinuousProfilingService } from "../../shared/gen/ebpf/profiling/Continuous_pb.js";
import { framed, startGrpcCall } from "../support/raw-calls.ts";
import { until } from "../support/until.ts";

const { queryPolicies } = ContinuousProfilingService.method;
const PREFACE = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
const SETTINGS = Buffer.from([0, 0, 0, 4, 0, 0, 0, 0, 0]);
/** The beginning of headers that are to be continued: one of no meaning, in stream 1. */
const HALF_HEADERS = Buffer.from([0, 0, 1, 1, 0, 0, 0, 0, 1, 0x82]);
const NEVER = 60_000;
const SHORT = { firstCallMs: 150, idleMs: NEVER, lingerMs: NEVER, checkedEveryMs: 20 };
const tls = {
  certFile: fileURLToPath(new URL("../support/tls/cert.pem", import.meta.url)),
  keyFile: fileURLToPath(new URL("../support/tls/key.pem", import.meta.url)),
};

const forEver = (): Promise<object> => new Promise(() => {});

const closing: (() => unknown)[] = [];
afterEach(async () => {
  await Promise.all(closing.splice(0).map((close) => close()));
});

async function listening(
  options: Parameters<typeof buildGrpcServer>[1],
  answer: () => object | Promise<object> = () => ({}),
): Promise<number> {
  const server: GrpcServer = buildGrpcServer(
    (router) => router.service(ContinuousProfilingService, { queryPolicies: answer as () => object }),
    options,
  );
  closing.push(() => server.close(0));
  return (await server.listen("127.0.0.1", 0)).port;
}

/** A connection that sends this and then nothing; what it hears of its end is no error. */
function opened(port: number, bytes: string | Buffer = "", allowHalfOpen = false): Socket {
  const socket = connect({ port, host: "127.0.0.1", allowHalfOpen });
  closing.push(() => socket.destroy());
  socket.on("error", () => {}).resume();
  if (bytes.length > 0) socket.write(bytes);
  return socket;
}

const poll = async (port: number, scheme = "http"): Promise<string> => {
  const call = startGrpcCall(
    `${scheme}://127.0.0.1:${port}`,
    queryPolicies,
    {},
    framed({ bytes: Buffer.alloc(0) }),
    false,
  );
  const code = await Promise.race([call.code, call.closed.then(() => "cut")]);
  call.end();
  return code;
};

describe("a connection that makes no call is closed", () => {
  it.each<[string, string | Buffer]>([
    ["one that is silent", ""],
    ["one in the middle of its preface", PREFACE.slice(0, 10)],
    ["one that has introduced itself", Buffer.concat([Buffer.from(PREFACE), SETTINGS])],
    ["one in the middle of headers", Buffer.concat([Buffer.from(PREFACE), SETTINGS, HALF_HEADERS])],
  ])("%s", async (_what, bytes) => {
    const port = await listening({ connectionLimits: SHORT });
    await once(opened(port, bytes), "close");
    expect(await poll(port)).toBe("ok");
  });

  it("one that never begins with TLS, and one that does but then is silent", async () => {
    const port = await listening({ connectionLimits: SHORT, tls });
    await once(opened(port), "close");
    const secure = connectTls({ port, host: "127.0.0.1", rejectUnauthorized: false, ALPNProtocols: ["h2"] });
    secure.on("error", () => {}).resume();
    await once(secure, "secureConnect");
    await once(secure, "close");
  });

  it("but not one that has made a call and is silent since", async () => {
    const port = await listening({ connectionLimits: SHORT });
    const session = connectHttp2(`http://127.0.0.1:${port}`);
    closing.push(() => session.destroy());
    const ask = async (): Promise<unknown> => {
      const stream = session.request({ ":method": "POST", ":path": "/none/none", "content-type": "application/grpc" });
      stream.resume().end();
      const [headers] = await once(stream, "response");
      return headers["grpc-status"];
    };
    expect(await ask()).toBe("12");
    const silent = opened(port); // goes while the other stays
    await once(silent, "close");
    expect(session.closed).toBe(false);
    expect(await ask()).toBe("12");
  });
});

describe("a connection that has made calls", () => {
  it.each(["http", "https"])("is closed once it has been idle for long enough: %s", async (scheme) => {
    const limits = { ...SHORT, firstCallMs: NEVER, idleMs: 100 };
    const port = await listening({ connectionLimits: limits, ...(scheme === "https" && { tls }) });
    const session = connectHttp2(`${scheme}://127.0.0.1:${port}`, { rejectUnauthorized: false });
    closing.push(() => session.destroy());
    session.request({ ":method": "POST", ":path": "/none/none", "content-type": "application/grpc" }).resume().end();
    await once(session, "close");
  });

  it("but is not idle while it waits for an answer", async () => {
    const port = await listening({ connectionLimits: { ...SHORT, firstCallMs: NEVER, idleMs: 100 } }, forEver);
    const session = connectHttp2(`http://127.0.0.1:${port}`);
    closing.push(() => session.destroy());
    const path = `/${queryPolicies.parent.typeName}/${queryPolicies.name}`;
    const header = { ":method": "POST", ":path": path, "content-type": "application/grpc" };
    session
      .request(header)
      .on("error", () => {})
      .resume()
      .end(framed({ bytes: Buffer.alloc(0) }));
    await once(opened(port, Buffer.concat([Buffer.from(PREFACE), SETTINGS])), "close"); // that one is idle
    const further = session
      .request({ ...header, ":path": "/none/none" })
      .resume()
      .end();
    expect((await once(further, "response"))[0]).toMatchObject({ ":status": 200 });
  });

  it("is cut if its client keeps its half open after we have ended ours", async () => {
    const limits = { ...SHORT, firstCallMs: NEVER, idleMs: 50, lingerMs: 100 };
    const port = await listening({ connectionLimits: limits });
    const socket = opened(port, Buffer.concat([Buffer.from(PREFACE), SETTINGS]), true);
    await once(socket, "end"); // we have said all
    // What it writes to a connection that is cut is answered with a reset.
    const cut = once(socket, "error");
    const writing = setInterval(() => socket.write(SETTINGS), 20);
    closing.push(() => clearInterval(writing));
    expect(["EPIPE", "ECONNRESET"]).toContain(((await cut)[0] as NodeJS.ErrnoException).code);
  });

  it.each([
    ["/none/none", {}],
    ["/none/none", { tls }],
    ["/grpc.reflection.v1.ServerReflection/ServerReflectionInfo", {}],
    ["/grpc.reflection.v1.ServerReflection/ServerReflectionInfo", { tls }],
  ])("is rid of a call to nowhere, though its client never ends it: %s, %j", async (path, options) => {
    const port = await listening({ isOperator: () => false, ...options });
    const scheme = "tls" in options ? "https" : "http";
    const call = startGrpcCall(`${scheme}://127.0.0.1:${port}`, path, {}, Buffer.alloc(5), true);
    closing.push(() => call.end());
    expect(await call.code).toBe("unimplemented");
    await call.closed;
  });
});

describe("connections beyond the limit", () => {
  it("are closed at once and told of, and those that are there are served", async () => {
    let refused = 0;
    const port = await listening({ maxConnections: 2, connectionRefused: () => void refused++ });
    const first = opened(port);
    const session = connectHttp2(`http://127.0.0.1:${port}`);
    closing.push(() => session.destroy());
    await once(session, "remoteSettings");
    await once(opened(port, PREFACE), "close");
    await until("it was told of", () => refused || undefined);
    const stream = session.request({ ":method": "POST", ":path": "/none/none", "content-type": "application/grpc" });
    stream.resume().end();
    expect((await once(stream, "response"))[0][":status"]).toBe(200);

    first.destroy();
    await until("there is room again", async () => ((await poll(port)) === "ok" ? true : undefined));
  });
});

it("a connection that takes none of its answers is refused further calls once they take 64 MB", async () => {
  const command = "x".repeat(8_000_000);
  const server = buildGrpcServer((router) =>
    router.service(ContinuousProfilingService, { queryPolicies: () => ({ commands: [{ command }] }) }),
  );
  closing.push(() => server.close(0));
  const { port } = await server.listen("127.0.0.1", 0);
  const session = connectHttp2(`http://127.0.0.1:${port}`, { settings: { initialWindowSize: 0 } });
  closing.push(() => session.destroy());
  let answered = 0;
  const call = (): Promise<number> =>
    new Promise((resolve) => {
      const stream = session.request({
        ":method": "POST",
        ":path": `/${queryPolicies.parent.typeName}/${queryPolicies.name}`,
        "content-type": "application/grpc",
        te: "trailers",
      });
      stream.once("response", () => resolve(++answered));
      stream.once("error", () => {});
      stream.once("close", () => resolve(-1));
      stream.resume().end(framed({ bytes: Buffer.alloc(0) }));
    });
  await until("a call is refused", async () => ((await call()) === -1 || answered > 20 ? true : undefined));
  expect(answered).toBeGreaterThan(5);
  expect(answered).toBeLessThan(12);
});

describe("a caller's headers", () => {
  const session = async () => {
    const opened = connectHttp2(`http://127.0.0.1:${await listening({})}`);
    closing.push(() => opened.destroy());
    await once(opened, "remoteSettings");
    return opened;
  };
  const answerTo = async (headers: Record<string, string>): Promise<unknown> => {
    const stream = (await session()).request({
      ":method": "POST",
      ":path": `/${queryPolicies.parent.typeName}/${queryPolicies.name}`,
      "content-type": "application/grpc",
      te: "trailers",
      ...headers,
    });
    const ended = new Promise((resolve) => {
      stream.once("response", (heard) => resolve(heard[":status"]));
      stream.once("error", () => {});
      stream.once("close", () => resolve(stream.rstCode));
    });
    stream.resume().end(framed({ bytes: Buffer.alloc(0) }));
    return ended;
  };

  it("may take 16 KiB, which the server says", async () => {
    expect((await session()).remoteSettings.maxHeaderListSize).toBe(16_384);
    expect(await answerTo({ "x-long": "a".repeat(15_000) })).toBe(200);
    expect(await answerTo({ "x-long": "a".repeat(17_000) })).toBe(constants.NGHTTP2_ENHANCE_YOUR_CALM);
  });

  it("may be 128", async () => {
    const many = (count: number) => Object.fromEntries(Array.from({ length: count }, (_, index) => [`x-${index}`, ""]));
    expect(await answerTo(many(100))).toBe(200);
    expect(await answerTo(many(130))).toBe(constants.NGHTTP2_ENHANCE_YOUR_CALM);
  });
});

it("agents that poll every 10 s are never idle, and a first call may take a slow handshake", () => {
  expect(CONNECTION_LIMITS).toMatchObject({ firstCallMs: 30_000, idleMs: 300_000, lingerMs: 10_000 });
});
