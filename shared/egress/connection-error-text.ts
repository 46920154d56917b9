import { blockedAddressIn } from "./blocked-address.ts";

/** Certificates can name a thousand hosts, and then the error does. */
const MAX_TEXT = 300;
/** Causes are walked no deeper; one may be its own. */
const MAX_DEPTH = 10;

/** OpenSSL's errors: library, function and reason, then file and line (ERR_error_string(3)). */
const OPENSSL = /:error:[0-9A-F]+:[^:]*:[^:]*:([^:]+):/;

/** Why a connection or an answer did not come about, in words for the operator: no file names, no wrappers. */
export function connectionErrorText(error: unknown): string {
  return (blockedAddressIn(error)?.message ?? textOf(error)).slice(0, MAX_TEXT);
}

function textOf(error: unknown, depth = 0): string {
  if (!(error instanceof Error) || depth > MAX_DEPTH) return "failed";
  // One error for each of a host's addresses.
  if (error instanceof AggregateError && error.errors.length > 0) {
    return [...new Set(error.errors.map((one) => textOf(one, depth + 1)))].join("; ");
  }
  // What happened stands in the innermost cause; the others say that something failed.
  if (error.cause instanceof Error && error.cause.message !== "") return textOf(error.cause, depth + 1);
  const { code = "", reason } = error as { code?: unknown; reason?: unknown };
  if (code === "HPE_HEADER_OVERFLOW") return "answered with more headers than are read";
  if (typeof code === "string" && code.startsWith("HPE_")) return "answered with something other than HTTP/1.1";
  if (code === "ERR_TLS_CERT_ALTNAME_INVALID") return "TLS failed: the certificate is for other hosts";
  const [, opensslReason = reason] = OPENSSL.exec(error.message) ?? [];
  if (typeof opensslReason === "string") return `TLS failed: ${opensslReason}`;
  if (typeof code === "string" && /CERT|CRL|LEAF_SIGNATURE/.test(code)) {
    return `TLS failed: ${error.message.split(";")[0]}`; // behind it, Node advises whoever started it
  }
  if (error.message === "socket hang up") return "the connection was closed before an answer";
  return error.message === "" ? "failed" : error.message;
}
