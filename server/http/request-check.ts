import type { IncomingMessage } from "node:http";
import type { FastifyInstance } from "fastify";
import { MAX_HEADERS, MAX_OPEN_REQUESTS } from "./http-limits.ts";
import { placeOf } from "./open-requests.ts";

/** A name or an address, with or without a port (RFC 9110, section 7.2). */
const HOST = /^(?:[a-z0-9._-]+|\[[0-9a-f:.]+\])(?::\d{0,5})?$/i;

/** Refuses requests that whoever serves them could not make sense of, or that are more than one connection may have. */
export function checkRequests(server: FastifyInstance): void {
  server.addHook("onRequest", async ({ raw }, reply) => {
    const refusal = refusalOf(raw, placeOf(raw));
    if (refusal === undefined) return;
    const [status, error] = refusal;
    return reply.code(status).header("connection", "close").send({ error });
  });
}

/** Why a request is refused, if it is. */
export function refusalOf(request: IncomingMessage, openRequests: number): [status: number, error: string] | undefined {
  if (openRequests > MAX_OPEN_REQUESTS) {
    return [429, `the connection has ${openRequests} open requests; it takes up to ${MAX_OPEN_REQUESTS}`];
  }
  const { rawHeaders } = request;
  const headers = rawHeaders.length / 2;
  if (headers > MAX_HEADERS) return [431, `the request has ${headers} headers; it takes up to ${MAX_HEADERS}`];
  const { host } = request.headers;
  if (host === undefined) return [400, "the Host header is missing"];
  if (hostsIn(rawHeaders) > 1) return [400, "there are two Host headers"];
  if (!isKnownToHttp(host, request.url ?? "")) {
    return [400, "the Host header or the request's target is none that HTTP knows"];
  }
  return undefined;
}

/** The host and target that were found right last: nearly all requests have the same. */
let right = { host: "", target: "" };

function isKnownToHttp(host: string, target: string): boolean {
  if (host === right.host && target === right.target) return true;
  if (!HOST.test(host) || !URL.canParse(target, `http://${host}`)) return false;
  right = { host, target };
  return true;
}

/** Not by `headersDistinct`, which takes as long as all the rest. @param rawHeaders names and values by turns. */
function hostsIn(rawHeaders: readonly string[]): number {
  let hosts = 0;
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const name = rawHeaders[index];
    if (name?.length === 4 && name.toLowerCase() === "host") hosts++;
  }
  return hosts;
}
