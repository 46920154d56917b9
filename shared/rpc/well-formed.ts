import { ConnectError } from "@connectrpc/connect";

/**
 * An error whose message can be encoded. Texts of callers stand in messages, and where one was cut, or sent so, half a
 * character may be left, of which gRPC's percent-encoding would throw.
 */
export function wellFormed(error: ConnectError): ConnectError {
  const { rawMessage, code, metadata, details, cause } = error;
  if (rawMessage.isWellFormed()) return error;
  const mended = new ConnectError(rawMessage.toWellFormed(), code, metadata, undefined, cause);
  mended.details = details;
  return mended;
}
