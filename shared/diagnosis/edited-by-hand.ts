import { BY_HAND } from "../policies/policy.ts";
import type { StoredPolicy } from "../policies/policy-item.ts";

/** The services whose valid policies somebody edited past Flashpoint, whether or not a server has seen that yet. */
export function editedByHand(stored: readonly StoredPolicy[]): string[] {
  return stored.flatMap((entry) =>
    entry.state === "valid" && (entry.staleUuid || entry.policy.updatedBy === BY_HAND)
      ? [entry.policy.serviceName]
      : [],
  );
}
