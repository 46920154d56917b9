import { once } from "node:events";
import { type ClientHttp2Session, type ClientHttp2Stream, connect, constants } from "node:http2";
import { create, toBinary } from "@bufbuild/protobuf";
import {
  Code,
  ConnectError,
  type ConnectRouter,
  type ConnectRouterOptions,
  type HandlerContext,
} from "@connectrpc/connect";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { buildGrpcServer, type GrpcServer } from "../../server/grpc/grpc-server.ts";
import {
  type ContinuousProfilingPolicyQuery,
  ContinuousProfilingPolicyQuerySchema,
  ContinuousProfilingService,
} from "../../shared/gen/ebpf/profiling/Continuous_pb.js";
import { framed } from "../support/raw-calls.ts";
import { until } from "../support/until.ts";

const PATH = "/skywalking.v3.ContinuousProfilingService/queryPolicies";
const QUERY = { policies: [{ serviceName: "checkout", uuid: "a".repeat(64) }] };
const MESSAGE = Buffer.from(
  toBinary(ContinuousProfilingPolicyQuerySchema, create(ContinuousProfilingPolicyQuerySchema, QUERY)),
);
const FRAME = framed({ bytes: MESSAGE });
/** How a call is left to grpc-js from the beginning. */
const BY_GRPC_JS = { "grpc-timeout": "1H" };

/** How often a token was asked for, and how often a method. */
let asked = { gate: 0, method: 0 };
/** Of the last call that had to wait until its caller was gone. */
let leaving: { begun: boolean; left: boolean };

/** Does to a call what its header `x-do` says, and to its token what `x-gate` says. */
function routes(router: ConnectRouter): void {
  const requestGate = ({ requestHeader }: HandlerContext): void | Promise<void> => {
    asked.gate++;
    const how = requestHeader.get("x-gate") ?? "";
    const decide = (): void => {
      if (how.endsWith("refuse")) throw new ConnectError("no tökén", Code.Unauthenticated, { "retry-after": "7" });
    };
    return how.startsWith("later") ? Promise.resolve().then(decide) : decide();
  };
  const answer = ({ policies }: ContinuousProfilingPolicyQuery, context: HandlerContext) => {
    const { requestHeader, responseHeader, responseTrailer } = context;
    const what = requestHeader.get("x-do") ?? "";
    if (what.endsWith("refuse")) throw new ConnectError("ünlikely", Code.ResourceExhausted, { "x-more": "a" });
    if (what.endsWith("break")) throw new Error("a bug");
    if (what.endsWith("header")) {
      responseHeader.set("x-own", "1");
      responseTrailer.set("x-own-bin", "AQID");
    }
    if (what.endsWith("echo"))
      return { commands: [{ command: `${requestHeader.get("x-a")} ${requestHeader.get("x-b-bin")}` }] };
    const command = what.endsWith("long") ? "policy ".repeat(10_000) : JSON.stringify(policies);
    return what.endsWith("nothing") ? {} : { commands: [{ command }] };
  };
  const queryPolicies = (query: ContinuousProfilingPolicyQuery, context: HandlerContext) => {
    asked.method++;
    const what = context.requestHeader.get("x-do") ?? "";
    if (what === "wait") {
      leaving = { begun: true, left: false };
      return once(context.signal, "abort").then(() => {
        leaving.left = true;
        throw new ConnectError("left", Code.Canceled);
      });
    }
    return what.startsWith("later")
      ? new Promise((resolve) => setImmediate(resolve)).then(() => answer(query, context))
      : answer(query, context);
  };
  // What a method answers at once, Connect's own type does not know.
  const options: ConnectRouterOptions = { grpc: false, requestGate };
  router.service(ContinuousProfilingService, { queryPolicies } as never, options);
}

let server: GrpcServer;
let url: string;
let session: ClientHttp2Session;

beforeAll(async () => {
  server = buildGrpcServer(routes);
  const { port } = await server.listen("127.0.0.1", 0);
  url = `http://127.0.0.1:${port}`;
  session = connect(url);
});
afterAll(async () => {
  session.destroy();
  await server.close(0);
});
beforeEach(() => {
  asked = { gate: 0, method: 0 };
  leaving = { begun: false, left: false };
});

type Sent = Record<string, string | string[]>;

function begin(headers: Sent, connection = session, endStream = false): ClientHttp2Stream {
  const type = { ":method": "POST", ":path": PATH, "content-type": "application/grpc", te: "trailers" };
  return connection.request({ ...type, ...headers }, { endStream });
}

/** Sends each piece in a frame of its own; without any, the headers say that they are all. @returns what was answered. */
async function call(headers: Sent, pieces?: readonly Buffer[]) {
  const stream = begin(headers, session, pieces === undefined);
  let said: Record<string, unknown> = {};
  const body: Buffer[] = [];
  const hear = (heard: Record<string, unknown>): void => {
    said = { ...said, ...heard };
  };
  stream
    .on("response", hear)
    .on("trailers", hear)
    .on("data", (chunk) => body.push(chunk));
  for (const piece of pieces ?? []) await new Promise((resolve) => stream.write(piece, resolve));
  stream.end();
  await once(stream, "close");
  // What grpc-js says in other words, or leaves out, at times: of its encodings, and that all is well.
  const { date, "grpc-encoding": _, "grpc-accept-encoding": __, "grpc-message": message, ...rest } = said;
  const details = said["grpc-status"] === "0" ? undefined : message;
  return { said: { ...rest, details }, body: Buffer.concat(body).toString("latin1"), closedWith: stream.rstCode };
}

/** Sends the same on both roads. @returns what both answered. */
async function compare(headers: Sent, pieces?: readonly Buffer[]) {
  asked = { gate: 0, method: 0 };
  const byGrpcJs = await call({ ...headers, ...BY_GRPC_JS }, pieces);
  const grpcJsAsked = asked;
  asked = { gate: 0, method: 0 };
  const answer = await call(headers, pieces);
  expect(answer).toEqual(byGrpcJs);
  expect(asked.method, "a call is answered once").toBe(grpcJsAsked.method);
  return answer;
}

describe.each(["application/grpc", "application/grpc+proto"])(
  "a call as %s is answered as by grpc-js alone",
  (type) => {
    const header = { "content-type": type };

    it.each(["nothing", "short", "long", "header"])("with %s", async (what) => {
      for (const gate of [{}, { "x-gate": "later" }])
        for (const how of [what, `later ${what}`]) {
          const { said } = await compare({ ...header, "x-do": how, ...gate }, [FRAME]);
          expect(said).toMatchObject({ "grpc-status": "0" });
          expect(asked).toEqual({ gate: 1, method: 1 });
        }
    });

    it.each(["refuse", "break", "later refuse", "later break"])("where it goes wrong: %s", async (what) => {
      await compare({ ...header, "x-do": what }, [FRAME]);
      await compare({ ...header, "x-do": what, "x-gate": "later" }, [FRAME]);
    });

    it.each(["refuse", "later refuse"])("where its token is refused: %s", async (how) => {
      const { said } = await compare({ ...header, "x-gate": how }, [FRAME]);
      expect(said).toMatchObject({ "grpc-status": String(Code.Unauthenticated), "retry-after": "7" });
      expect(asked).toEqual({ gate: 1, method: 0 });
    });
  },
);

describe("a call is answered as by grpc-js alone", () => {
  it("whose headers come twice, or hold bytes", async () => {
    const { body } = await compare({ "x-do": "echo", "x-a": ["1", "2"], "x-b-bin": "AQID" }, [FRAME]);
    expect(body).toContain("1, 2 AQID");
  });

  it("that says it is not compressed", async () => {
    await compare({ "grpc-encoding": "identity", "x-do": "short" }, [FRAME]);
  });

  const half = FRAME.subarray(0, FRAME.length / 2);
  const rest = FRAME.subarray(half.length);
  it.each<[what: string, code: Code | 0, pieces: Buffer[] | undefined]>([
    ["a message in two pieces", 0, [half, rest]],
    ["a message byte by byte", 0, [...FRAME].map((byte) => Buffer.from([byte]))],
    ["half a message", Code.Unimplemented, [half]],
    ["no message", Code.Unimplemented, []],
    ["headers alone", Code.Unimplemented, undefined],
    ["two messages", Code.Unimplemented, [Buffer.concat([FRAME, FRAME])]],
    ["two messages, one by one", Code.Unimplemented, [FRAME, FRAME]],
    ["a message and a part of another", 0, [FRAME, half]],
    ["no protobuf", Code.InvalidArgument, [framed({ bytes: Buffer.from([0xff]) })]],
    [
      "a message that claims to be compressed, with what it is left unsaid",
      0,
      [framed({ bytes: MESSAGE, gzip: true })],
    ],
  ])("that brings %s", async (_what, code, pieces) => {
    for (const gate of [{}, { "x-gate": "later" }]) {
      const { said } = await compare({ "x-do": "short", ...gate }, pieces);
      expect(said).toMatchObject({ "grpc-status": String(code) });
    }
  });
});

it("a call whose caller leaves is Canceled", async () => {
  const stream = begin({ "x-do": "wait" });
  stream.on("error", () => {});
  stream.end(FRAME);
  await until("it was begun", () => leaving.begun || undefined);
  stream.close(constants.NGHTTP2_CANCEL);
  await until("it heard that its caller is gone", () => leaving.left || undefined);
});

it("a call whose connection breaks off before it is whole is not carried out", async () => {
  const other = connect(url);
  other.on("error", () => {});
  const stream = begin({ "x-do": "short" }, other);
  stream.on("error", () => {});
  await new Promise((resolve) => stream.write(FRAME, resolve));
  await until("its token was asked for", () => asked.gate || undefined);
  other.socket.destroy();
  await once(stream, "close");
  expect((await call({ "x-do": "nothing" }, [FRAME])).said).toMatchObject({ "grpc-status": "0" });
  expect(asked.method, "that other call alone").toBe(1);
});
