import type { ConnectRouterOptions } from "@connectrpc/connect";
import { compressions } from "./compressions.ts";
import { MAX_REQUEST_BYTES, MAX_TIMEOUT_MS } from "./limits.ts";

/**
 * How Connect and gRPC-web are spoken, over HTTP as in Lambda. Native gRPC has its own port: HTTP/1.1 and Function
 * URLs carry no trailers.
 */
export const connectOptions: ConnectRouterOptions = {
  grpc: false,
  acceptCompression: compressions,
  readMaxBytes: MAX_REQUEST_BYTES,
  maxTimeoutMs: MAX_TIMEOUT_MS, // a timer that is to wait for longer goes off at once
};
