import { believedRevision } from "../policy-item.ts";
import { isHandEdited, type SeenPolicy, seenRevision } from "../seen-policy.ts";
import { isRevisionOf, type Revision } from "./revision.ts";

/** What has to be noted before a policy is changed, and the number of that change. */
export interface NextRevision {
  /** The revision that what is there has to be kept as; undefined if it is kept already, or nothing is there. */
  readonly kept?: { readonly revision: number; readonly byHand: boolean };
  /** The revision of a deletion that nobody has noted. */
  readonly deleted?: number;
  readonly next: number;
}

/**
 * Counts on from an item and the newest revision in the history. A hand edit is a revision of its own, and so is a deletion
 * past Flashpoint, so that no number ever means two things.
 */
export function nextRevision(seen: SeenPolicy | undefined, newest: Revision | undefined): NextRevision {
  if (seen === undefined) {
    if (newest === undefined) return { next: 1 };
    if (newest.state === "deleted") return { next: newest.revision + 1 };
    return { deleted: newest.revision + 1, next: newest.revision + 2 };
  }
  const carried = seenRevision(seen);
  const own = believedRevision(carried, newest?.revision ?? 0);
  const last = Math.max(own, newest?.revision ?? 0);
  if (newest !== undefined && newest.revision >= own && isRevisionOf(newest, seen)) return { next: last + 1 };
  const byHand = isHandEdited(seen) || own !== carried || (newest !== undefined && newest.revision >= own);
  const revision = byHand ? last + 1 : own;
  return { kept: { revision, byHand }, next: revision + 1 };
}
