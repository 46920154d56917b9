import { Code, ConnectError } from "@connectrpc/connect";
import type { UniversalServerResponse } from "@connectrpc/connect/protocol";
import { bodyOf, readBody } from "./bytes.ts";

/**
 * Connect answers protobuf that cannot be parsed with INTERNAL, as if the fault were ours, and every stray byte from
 * outside would raise our alarms. The same goes for a message that says it is compressed where the call says no way. The
 * caller sent it, so the caller is told: INVALID_ARGUMENT.
 *
 * Connect knows no place to say so, but its answer does: it starts with these words, which no implementation of ours
 * uses.
 */
const CALLER_FAULTS = ["parse binary: ", "received compressed envelope, "];

/** The same for an error, as it reaches whoever reads the messages of a stream. */
export function blamedError(error: ConnectError): ConnectError {
  if (error.code !== Code.Internal || !isTheirs(error.rawMessage)) return error;
  return new ConnectError(error.rawMessage, Code.InvalidArgument, error.metadata, undefined, error.cause);
}

function isTheirs(message: string): boolean {
  return CALLER_FAULTS.some((beginning) => message.startsWith(beginning));
}

const GRPC_WEB_TRAILERS = 0x80;
const FRAME_HEADER_BYTES = 5;
const GRPC_MESSAGE = /^grpc-message: (.*?)\r?$/m;
const GRPC_INTERNAL = /^grpc-status: 13\r?$/m;

/** Puts the right code into an answer that says the request could not be parsed; passes all others as they are. */
export async function blameCaller(response: UniversalServerResponse): Promise<UniversalServerResponse> {
  const contentType = response.header?.get("content-type") ?? "";
  if (response.body === undefined) return response;
  if (response.status === 500 && contentType === "application/json") return blameInJson(response, response.body);
  if (contentType.startsWith("application/grpc-web")) return { ...response, body: blameInTrailers(response.body) };
  return response;
}

async function blameInJson(
  response: UniversalServerResponse,
  body: AsyncIterable<Uint8Array>,
): Promise<UniversalServerResponse> {
  const bytes = await readBody(body);
  const error: { message?: unknown } = JSON.parse(bytes.toString("utf8"));
  if (typeof error.message !== "string" || !isTheirs(error.message)) {
    return { ...response, body: bodyOf(bytes) };
  }
  const blamed = Buffer.from(JSON.stringify({ ...error, code: "invalid_argument" }));
  const header = new Headers(response.header);
  header.set("content-length", String(blamed.length));
  return { ...response, status: 400, header, body: bodyOf(blamed) };
}

/** A refused call has no message: its one frame is the trailers. */
async function* blameInTrailers(body: AsyncIterable<Uint8Array>): AsyncIterable<Uint8Array> {
  for await (const chunk of body) yield chunk[0] === GRPC_WEB_TRAILERS ? blameInFrame(chunk) : chunk;
}

function blameInFrame(frame: Uint8Array): Uint8Array {
  const trailers = Buffer.from(frame.subarray(FRAME_HEADER_BYTES)).toString("latin1");
  const [, message = ""] = GRPC_MESSAGE.exec(trailers) ?? [];
  if (!isTheirs(decodeURIComponent(message))) return frame;
  const blamed = Buffer.from(trailers.replace(GRPC_INTERNAL, "grpc-status: 3\r"), "latin1");
  const header = Buffer.alloc(FRAME_HEADER_BYTES);
  header.writeUInt8(GRPC_WEB_TRAILERS, 0);
  header.writeUInt32BE(blamed.length, 1);
  return Buffer.concat([header, blamed]);
}
