import { status } from "@grpc/grpc-js";

/**
 * grpc-js answers some calls by itself with INTERNAL, as if the fault were ours, though it is their bytes or headers
 * that are none. The caller sent them, so the caller is told: INVALID_ARGUMENT. The twin of shared/rpc/malformed-request.
 *
 * They begin with these words (server-interceptors.js of grpc-js), which no answer of ours does.
 */
const CALLER_FAULTS = /^(?:Failed to decompress message|Invalid grpc-timeout value|Error deserializing request)/;

/** Puts the right code to a status that says what the caller did wrong; gives back all others as they are. */
export function blamingCaller<S extends { code?: status | null; details?: string | null }>(sent: S): S {
  const isTheirs = sent.code === status.INTERNAL && CALLER_FAULTS.test(sent.details ?? "");
  return isTheirs ? { ...sent, code: status.INVALID_ARGUMENT } : sent;
}
