import type { Outcome } from "./outcome.ts";

/** Statuses that say "not now" (RFC 9110 §15.5.9, RFC 8470 §5.2, RFC 6585 §4), beside all of 5xx. */
const NOT_NOW = [408, 425, 429];
const GONE = 410;
/** Statuses that send the client elsewhere (RFC 9110 §15.4). */
const ELSEWHERE = [301, 302, 303, 307, 308];

/** What a collector's HTTP status means for a delivery, 2xx aside. */
export function outcomeOfStatus(
  status: number,
  reason: string,
  retryAfterSeconds: number | undefined,
): Exclude<Outcome, { kind: "delivered" | "dropped" }> {
  if (status >= 500 || NOT_NOW.includes(status)) {
    return { kind: "retry", reason, ...(retryAfterSeconds !== undefined && { retryAfterSeconds }) };
  }
  if (ELSEWHERE.includes(status)) return { kind: "refused", reason: `${reason}; redirects are not followed` };
  return { kind: status === GONE ? "gone" : "refused", reason };
}
