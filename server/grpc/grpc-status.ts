import { Code, ConnectError } from "@connectrpc/connect";
import { setTrailerStatus } from "@connectrpc/connect/protocol-grpc";
import type { Metadata, status } from "@grpc/grpc-js";
import { wellFormed } from "../../shared/rpc/well-formed.ts";
import { metadataOf } from "./call-context.ts";

/** How a call ends that goes wrong, as grpc-js takes it. */
export interface GrpcStatus {
  readonly code: status;
  readonly details: string;
  readonly metadata: Metadata;
}

/**
 * An error as grpc-js sends it, with its details; one that nobody foresaw says nothing of itself. Never throws, since
 * nobody would be left to catch it: half a character, of a text that was cut, cannot be encoded and is replaced.
 */
export function grpcStatusOf(error: unknown): GrpcStatus {
  const known = error instanceof ConnectError ? wellFormed(error) : new ConnectError("internal error", Code.Internal);
  const trailer = new Headers();
  setTrailerStatus(trailer, known);
  // grpc-js writes these two itself.
  trailer.delete("grpc-status");
  trailer.delete("grpc-message");
  return { code: known.code as number as status, details: known.rawMessage, metadata: metadataOf(trailer) };
}
