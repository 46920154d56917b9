import { blockedAddressIn } from "../egress/blocked-address.ts";
import type { Outcome } from "./outcome.ts";

/** What it means for a delivery that no answer came: another attempt, unless the collector's address is refused. */
export function outcomeOfError(error: unknown, reason: string): Extract<Outcome, { kind: "retry" | "refused" }> {
  return { kind: blockedAddressIn(error) === undefined ? "retry" : "refused", reason };
}
