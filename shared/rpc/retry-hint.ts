/** Longest time that a caller is told to wait: by then there may be room for reasons that nobody knew of. */
const MAX_RETRY_MS = 3_600_000;

/** Names of the headers, or trailers, that a hint stands in. */
export const RETRY_HINT_HEADERS = ["retry-after", "grpc-retry-pushback-ms"] as const;

/**
 * When a refused caller may try again: as Retry-After in whole seconds (RFC 9110, section 10.2.3), and in ms as clients of
 * gRPC take it (gRFC A6, "Pushback"). Rounded up, so that whoever waits for so long does not come too early.
 * @param retryAfterMs undefined makes no hint.
 */
export function retryHint(retryAfterMs: number | undefined): Record<string, string> | undefined {
  if (retryAfterMs === undefined) return undefined;
  const ms = Math.min(Math.max(Math.ceil(retryAfterMs), 1), MAX_RETRY_MS);
  return { "retry-after": String(Math.ceil(ms / 1_000)), "grpc-retry-pushback-ms": String(ms) };
}
