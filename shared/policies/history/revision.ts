import { isDeepStrictEqual } from "node:util";
import type { Fault } from "../../errors.ts";
import type { PolicyContent } from "../policy.ts";
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
  /** Somebody broke it by hand: the item as it stood. */
  | { readonly state: "invalid"; readonly raw: RawItem; readonly faults: readonly Fault[] }
  | { readonly state: "deleted" }
);

/** How many revisions of a policy are kept, the one in force among them. */
export const MAX_REVISIONS = 20;

/** Whether a revision is what an item holds. */
export function isRevisionOf(revision: Revision, { raw, stored }: SeenPolicy): boolean {
  if (revision.state === "valid") return stored.state === "valid" && isSameContent(revision.content, stored.policy);
  return revision.state === "invalid" && stored.state === "invalid" && isDeepStrictEqual(revision.raw, raw);
}
