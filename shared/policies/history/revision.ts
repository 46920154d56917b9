import { createHash } from "node:crypto";
import { isDeepStrictEqual } from "node:util";
import type { Fault } from "../../errors.ts";
import type { PolicyContent } from "../policy.ts";
import { canonicalJson } from "../policy-uuid.ts";
import { isSameContent, type RawItem, type SeenPolicy } from "../seen-policy.ts";

/** What became of a policy with one change of it. */
export type Revision = {
  readonly serviceName: string;
  /** Counts the changes of a service's policy, deletions and hand edits too, from 1. */
  readonly revision: number;
  /** ISO 8601; blank where nobody noted it. */
  readonly updatedAt: string;
  readonly updatedBy: string;
} & (
  | { readonly state: "valid"; readonly content: PolicyContent }
  /** Somebody broke it by hand: the item as it stood, or `tooLarge` alone. */
  | { readonly state: "invalid"; readonly raw: RawItem; readonly faults: readonly Fault[] }
  | { readonly state: "deleted" }
);

/** How many revisions of a policy are kept, the one in force among them. */
export const MAX_REVISIONS = 20;

/** Whether a revision is what an item holds. */
export function isRevisionOf(revision: Revision, { raw, stored }: SeenPolicy): boolean {
  if (revision.state === "valid") return stored.state === "valid" && isSameContent(revision.content, stored.policy);
  if (revision.state !== "invalid" || stored.state !== "invalid") return false;
  const digest = revision.raw.tooLarge?.S;
  return digest === undefined ? isDeepStrictEqual(revision.raw, raw) : digest === digestOf(raw);
}

/** What tells an item that was too large to be kept from others. */
export function digestOf(raw: RawItem): string {
  const plain = JSON.parse(
    JSON.stringify(raw, (_, value) => (value instanceof Uint8Array ? Buffer.from(value).toString("base64") : value)),
  );
  return createHash("sha256").update(canonicalJson(plain)).digest("hex");
}
