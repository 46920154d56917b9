import type { IncomingMessage, RequestListener, ServerResponse } from "node:http";
import { type ContextValues, createContextValues } from "@connectrpc/connect";
import { corsHeaders } from "../../shared/rpc/cors.ts";
import { MAX_REQUEST_BYTES } from "../../shared/rpc/limits.ts";
import type { PlainAnswer, PlainCall, PlainCalls, PlainOutcome } from "../../shared/rpc/plain-calls.ts";
import { securityHeaders } from "../../shared/rpc/security-headers.ts";
import { HttpCall } from "./http-call.ts";
import { placeOf } from "./open-requests.ts";
import { refusalOf } from "./request-check.ts";

/** What every answer to a call says, and every one to a page: names and values by turns, as Node writes them fastest. */
const ANSWER_HEADERS = Object.entries(securityHeaders).flat();
const ANSWER_HEADERS_FOR_PAGES = Object.entries({ ...securityHeaders, ...corsHeaders }).flat();
const DIGITS = /^\d{1,7}$/;
/** Up to here, an answer is copied rather than written by itself. */
const ONE_PIECE_BYTES = 4_096;
const EMPTY = Buffer.alloc(0);

/** What is known of requests that were handed on. */
const VALUES = new WeakMap<IncomingMessage, ContextValues>();

/** What Connect is to know of a request. */
export function valuesOf(request: IncomingMessage): ContextValues {
  return VALUES.get(request) ?? createContextValues();
}

/** Whether a request was begun here: its token was asked for, perhaps its method carried out. */
export function isHandedOn(request: IncomingMessage): boolean {
  return VALUES.has(request);
}

/**
 * Answers plain calls before Fastify sees them, with Node's own means: Fastify, and Connect's handlers within it, take ten
 * times as long as the call itself. All other requests are handed on, as they came; those of which something is known by
 * then, with what `valuesOf` tells.
 * @param isTaken whether any are still taken; a server that closes has more to say.
 */
export function answeringPlainRequests(
  { enter }: PlainCalls,
  otherwise: RequestListener,
  isTaken: () => boolean,
): RequestListener {
  return (request, response) => {
    const length = isTaken() ? plainLength(request) : undefined;
    const call = length === undefined ? undefined : enter(new HttpCall(request, response));
    if (length === undefined || call === undefined) return otherwise(request, response);
    const handOn = ({ values }: PlainOutcome): void => {
      if (values !== undefined) VALUES.set(request, values);
      otherwise(request, response);
    };
    const goOn = (refused: PlainOutcome | undefined): void => {
      if (refused === undefined) answer(request, response, call, length, handOn);
      else handOn(refused);
    };
    const refused = call.letIn();
    // Until then nothing of the body is read: it stays with Node, and with the caller.
    if (refused instanceof Promise) void refused.then(goOn);
    else goOn(refused);
  };
}

/** The length of a request's body; undefined if it is not known, too long, or the request is to be refused. */
function plainLength(request: IncomingMessage): number | undefined {
  const { method, headers } = request;
  const { "content-length": length } = headers;
  if (method !== "POST" || length === undefined || !DIGITS.test(length)) return undefined;
  const bytes = Number(length);
  return bytes <= MAX_REQUEST_BYTES && refusalOf(request, placeOf(request)) === undefined ? bytes : undefined;
}

function answer(
  request: IncomingMessage,
  response: ServerResponse,
  call: PlainCall,
  length: number,
  handOn: (left: PlainOutcome) => void,
): void {
  const finish = (body: Buffer): void => {
    const giveBack = (outcome: PlainOutcome): void => {
      request.pause();
      if (body.byteLength > 0) request.unshift(body);
      handOn(outcome);
    };
    const outcome = call.answer(body);
    if (!(outcome instanceof Promise)) {
      if (outcome.answer === undefined) giveBack(outcome);
      else send(response, outcome.answer);
      return;
    }
    request.pause(); // else it would end, and take back nothing
    void outcome.then((outcome) => {
      if (outcome.answer === undefined) return giveBack(outcome);
      request.resume();
      send(response, outcome.answer);
    });
  };
  if (length === 0) {
    finish(EMPTY);
    return;
  }
  let chunks: Buffer[] | undefined;
  let received = 0;
  const receive = (chunk: Buffer): void => {
    received += chunk.byteLength;
    if (received < length) {
      chunks ??= [];
      chunks.push(chunk);
      return;
    }
    request.off("data", receive);
    finish(chunks === undefined ? chunk : Buffer.concat([...chunks, chunk]));
  };
  request.on("data", receive);
}

function send(response: ServerResponse, { header, body }: PlainAnswer): void {
  const headers = [...(response.req.headers.origin === undefined ? ANSWER_HEADERS : ANSWER_HEADERS_FOR_PAGES)];
  for (const name in header) headers.push(name, header[name] as string);
  if (header["content-length"] === undefined) headers.push("content-length", String(body.byteLength));
  response.writeHead(200, headers);
  // As text, Node writes it in one piece with the headers, which takes the system a tenth less.
  if (body.byteLength <= ONE_PIECE_BYTES)
    response.end(Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString("latin1"), "latin1");
  else response.end(body);
}
