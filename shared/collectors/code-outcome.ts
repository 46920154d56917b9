import { Code, type ConnectError } from "@connectrpc/connect";
import { blockedAddressIn } from "../egress/blocked-address.ts";
import { outcomeOfStatus } from "./http-outcome.ts";
import type { Outcome } from "./outcome.ts";
import { retryAfterSeconds } from "./retry-after.ts";

/**
 * Codes with which a service says "not now", or says nothing because it was not reached: Connect calls a broken
 * connection `unknown` or `internal`, and a collector's own bug may be mended by the next attempt.
 */
const NOT_NOW = new Set([
  Code.Unavailable,
  Code.DeadlineExceeded,
  Code.ResourceExhausted,
  Code.Aborted,
  Code.Canceled,
  Code.Unknown,
  Code.Internal,
  Code.DataLoss,
]);

/** Connect's words for an answer that is not of its protocol, a proxy's for instance; its code for most is `unknown`. */
const BARE_STATUS = /^HTTP (\d{3})$/;

/**
 * What the error of a collector that speaks Connect or gRPC means for a delivery.
 * @param now milliseconds since the epoch.
 */
export function outcomeOfCode(
  error: ConnectError,
  reason: string,
  now: number,
): Exclude<Outcome, { kind: "delivered" | "dropped" }> {
  if (blockedAddressIn(error) !== undefined) return { kind: "refused", reason };
  const seconds = retryAfterSeconds(error.metadata.get("retry-after"), now);
  const [, status] = BARE_STATUS.exec(error.rawMessage) ?? [];
  if (status !== undefined) return outcomeOfStatus(Number(status), reason, seconds);
  if (!NOT_NOW.has(error.code)) return { kind: "refused", reason };
  return { kind: "retry", reason, ...(seconds !== undefined && { retryAfterSeconds: seconds }) };
}
