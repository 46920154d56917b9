import { createHash } from "node:crypto";
import type { PolicyTargets } from "./policy.ts";

/**
 * The one JSON text of a policy's content: keys in code unit order, no spaces. Two policies that mean the same have the
 * same text, since validation has already brought numbers and lists into one form.
 */
export function canonicalJson(targets: PolicyTargets): string {
  return JSON.stringify(targets, (_key, value: unknown) =>
    typeof value === "object" && value !== null && !Array.isArray(value)
      ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))
      : value,
  );
}

/** SHA-256 of the canonical JSON, as 64 hexadecimal digits. Agents only compare it for equality. */
export function policyUuid(targets: PolicyTargets): string {
  return createHash("sha256").update(canonicalJson(targets)).digest("hex");
}
