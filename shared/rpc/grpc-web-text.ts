import type { UniversalHandlerFn, UniversalServerRequest, UniversalServerResponse } from "@connectrpc/connect/protocol";
import { MAX_REQUEST_BYTES } from "./limits.ts";

/**
 * gRPC-web in text form: the same bytes as in binary form, in base64, for browsers that cannot stream binary
 * (PROTOCOL-WEB.md of grpc, "Protocol differences vs gRPC over HTTP2"). Connect's own handlers speak the binary form
 * only.
 */
const TEXT = /^application\/grpc-web-text(?:\+proto)?(?:;|$)/i;
const BINARY_TYPE = "application/grpc-web+proto";
const TEXT_TYPE = "application/grpc-web-text+proto";
/** A base64 body over the largest message cannot hold an acceptable one; the rest is headers and padding. */
const MAX_BODY_BYTES = Math.ceil((MAX_REQUEST_BYTES * 4) / 3) + 1_024;

export function speaksGrpcWebText(header: Headers): boolean {
  return TEXT.test(header.get("content-type") ?? "");
}

/** Lets a handler of the binary form answer a request of the text form. */
export async function throughGrpcWebText(
  handler: UniversalHandlerFn,
  request: UniversalServerRequest,
): Promise<UniversalServerResponse> {
  const header = new Headers(request.header);
  header.set("content-type", BINARY_TYPE);
  const response = await handler({ ...request, header, body: decoded(request.body as AsyncIterable<Uint8Array>) });
  const responseHeader = new Headers(response.header);
  responseHeader.set("content-type", TEXT_TYPE);
  return { ...response, header: responseHeader, body: encode(response.body ?? none()) };
}

/** Read only once the handler asks, so that a body that breaks off is the handler's to answer. */
async function* decoded(body: AsyncIterable<Uint8Array>): AsyncIterable<Uint8Array> {
  // An oversize body is cut in the middle of a frame whose announced length the handler refuses by itself.
  yield decode(await readText(body));
}

async function readText(body: AsyncIterable<Uint8Array>): Promise<string> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of body) {
    chunks.push(chunk);
    bytes += chunk.byteLength;
    if (bytes > MAX_BODY_BYTES) break;
  }
  return Buffer.concat(chunks).toString("latin1");
}

/**
 * A client may encode piece by piece, so padding can stand in the middle. What is no base64 decodes to too little, and
 * the handler refuses the broken frame in the protocol's own way.
 */
function decode(text: string): Uint8Array {
  const pieces = text.replace(/\s/g, "").match(/[^=]+={0,2}/g) ?? [];
  return Buffer.concat(pieces.map((piece) => Buffer.from(piece, "base64")));
}

async function* encode(body: AsyncIterable<Uint8Array>): AsyncIterable<Uint8Array> {
  for await (const chunk of body) yield Buffer.from(Buffer.from(chunk).toString("base64"), "latin1");
}

async function* none(): AsyncIterable<Uint8Array> {}
