import type { ConnectRouterOptions } from "@connectrpc/connect";
import { compressions } from "./compressions.ts";
import { MAX_REQUEST_BYTES, MAX_TIMEOUT_MS } from "./limits.ts";

/** From how many bytes on an answer is compressed, if its caller takes it so; the library's own default. */
export const COMPRESS_MIN_BYTES = 1_024;

/**
 * How Connect and gRPC-web are spoken, over HTTP as in Lambda. Native gRPC has its own port: HTTP/1.1 and Function
 * URLs carry no trailers.
 */
export const connectOptions: ConnectRouterOptions = {
  grpc: false,
  acceptCompression: compressions,
  compressMinBytes: COMPRESS_MIN_BYTES,
  readMaxBytes: MAX_REQUEST_BYTES,
  maxTimeoutMs: MAX_TIMEOUT_MS, // a timer that is to wait for longer goes off at once
};
