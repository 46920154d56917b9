import type { ConnectRouterOptions } from "@connectrpc/connect";
import { compressionBrotli, compressionGzip } from "@connectrpc/connect-node";
import { MAX_REQUEST_BYTES } from "./limits.ts";

/**
 * How Connect and gRPC-web are spoken, over HTTP as in Lambda. Native gRPC has its own port: HTTP/1.1 and Function
 * URLs carry no trailers.
 */
export const connectOptions: ConnectRouterOptions = {
  grpc: false,
  acceptCompression: [compressionGzip, compressionBrotli],
  readMaxBytes: MAX_REQUEST_BYTES,
};
