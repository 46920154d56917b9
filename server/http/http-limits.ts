import { MAX_REQUEST_MS } from "../../shared/rpc/limits.ts";

/** How long a connection of the HTTP port may take for what, in milliseconds. */
export interface HttpLimits {
  /** From a request's beginning, or the connection's own, to the end of its headers. */
  headersMs: number;
  /** From a request's beginning to the end of its body. */
  requestMs: number;
  /** Without a request. */
  keepAliveMs: number;
  /** Within a request, with nothing coming or going: a client that does not take its answer. */
  silentMs: number;
  /** How often the first two are looked at, so that they may be passed by so much. */
  checkedEveryMs: number;
}

export const HTTP_LIMITS: HttpLimits = {
  headersMs: 10_000,
  requestMs: MAX_REQUEST_MS,
  keepAliveMs: 60_000,
  silentMs: 60_000,
  checkedEveryMs: 2_000,
};

/** Most headers of one request; gRPC's port has the same limit. */
export const MAX_HEADERS = 128;

/** Most requests of one connection that are not answered yet: HTTP/1.1 lets a client send the next ones meanwhile. */
export const MAX_OPEN_REQUESTS = 16;
