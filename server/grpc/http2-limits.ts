import type { SecureServerOptions } from "node:http2";
import type { Server } from "@grpc/grpc-js";
import { MAX_HEADER_BYTES } from "../../shared/rpc/limits.ts";

/** Most headers of one call; Node's own limit, said for the reader. */
const MAX_HEADERS = 128;
/**
 * Memory that one connection may take within Node's HTTP/2, in MB (10^6): far more than an agent's calls do, and what
 * grpc-js would leave without a limit. Above it further calls are refused with ENHANCE_YOUR_CALM.
 */
export const MAX_SESSION_MEGABYTES = 64;

/**
 * Bounds what comes in front of a call, for a server that does not listen yet. Node closes a connection by itself that
 * floods it with settings, pings, resets or continued headers, without end and faster than they can be of any use.
 */
export function limitHttp2(server: Server): void {
  // grpc-js has options for none of these: it hands Node what stands here.
  const { commonServerOptions } = server as unknown as { commonServerOptions: SecureServerOptions };
  Object.assign(commonServerOptions, {
    settings: { ...commonServerOptions.settings, maxHeaderListSize: MAX_HEADER_BYTES },
    maxHeaderListPairs: MAX_HEADERS,
  } satisfies SecureServerOptions);
}
