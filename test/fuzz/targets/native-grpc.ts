import {
  type ClientHttp2Session,
  type ClientHttp2Stream,
  connect,
  constants,
  type OutgoingHttpHeaders,
} from "node:http2";
import { setTimeout as delay } from "node:timers/promises";
import { fromBinary } from "@bufbuild/protobuf";
import { CommandsSchema } from "../../../shared/gen/common/Common_pb.js";
import { type GrpcCall, randomGrpcCall } from "../grpc-call.ts";
import { CODES, FAULTY_CODES, REPORT_PATH, taskIdIn } from "../http-answer.ts";
import { type Answer, shownBytes, type Target } from "../target.ts";

/** Connections that calls are spread over; each ends now and then, since what is sent may break it. */
const SESSIONS = 4;
/** How long what was left open is left so. */
const OPEN_MS = 20;
/** How long the end of what was left is waited for. */
const LEFT_MS = 1_000;

/** Calls over HTTP/2, frame by frame, as an agent's library would never send them. */
export function createNativeGrpc({ address, token }: { address: string; token: string }): Target {
  const sessions = new Map<number, ClientHttp2Session>();

  function session(at: number): ClientHttp2Session {
    const known = sessions.get(at);
    if (known !== undefined && !known.closed && !known.destroyed) return known;
    const opened = connect(`http://${address}`);
    opened.on("error", () => {}); // its streams tell
    opened.on("goaway", () => opened.close());
    sessions.set(at, opened);
    return opened;
  }

  return {
    name: "native-grpc",
    weight: 36,
    async run(random, index, tell) {
      const call = randomGrpcCall(random, token);
      tell(`${call.end} ${JSON.stringify(call.headers)} ${shownBytes(Buffer.concat(call.pieces))}`);
      let stream: ClientHttp2Stream;
      try {
        stream = session(index % SESSIONS).request(call.headers as OutgoingHttpHeaders);
      } catch (error) {
        return { kind: `not sendable: ${(error as { code?: string }).code}` };
      }
      return answerOf(stream, call);
    },
    close() {
      for (const opened of sessions.values()) opened.destroy();
    },
  };
}

async function answerOf(stream: ClientHttp2Stream, { headers, pieces, end }: GrpcCall): Promise<Answer> {
  let answered: Record<string, unknown> = {};
  const chunks: Buffer[] = [];
  const hear = (received: Record<string, unknown>): void => {
    answered = { ...answered, ...received };
  };
  stream.on("response", hear).on("trailers", hear);
  stream.on("data", (chunk: Buffer) => chunks.push(chunk));
  stream.on("error", () => {}); // a reset; what came before counts
  const closed = new Promise<void>((resolve) => stream.once("close", resolve));
  for (const piece of pieces) stream.write(piece);
  if (end === "end") {
    stream.end();
    await closed;
  } else {
    if (end === "open") await Promise.race([closed, delay(OPEN_MS)]);
    stream.close(constants.NGHTTP2_CANCEL);
    // Nobody owes an answer to what was left, and on a connection that breaks Node may not tell that it is closed.
    await Promise.race([closed, delay(LEFT_MS)]);
  }
  return judge(answered, Buffer.concat(chunks), end, headers[":path"]);
}

function judge(answered: Record<string, unknown>, body: Buffer, end: GrpcCall["end"], path: unknown): Answer {
  const status = answered["grpc-status"];
  const code = status === undefined ? undefined : (CODES[Number(status)] ?? `status ${status}`);
  const message = decodeURIComponent(String(answered["grpc-message"] ?? ""));
  if (code !== undefined && FAULTY_CODES.includes(code)) {
    return { kind: code, fault: `answered ${code}: ${message}` };
  }
  if (Number(answered[":status"]) >= 500) return { kind: "HTTP 5xx", fault: `answered ${JSON.stringify(answered)}` };
  if (code === "ok" && path === REPORT_PATH)
    return { kind: code, taskId: taskIdIn(fromBinary(CommandsSchema, body.subarray(5))) };
  if (code !== undefined) return { kind: code };
  if (answered[":status"] !== undefined) return { kind: `HTTP ${answered[":status"]}` };
  return { kind: end === "end" ? "connection or stream ended" : "left by the caller" };
}
