import { BY_HAND } from "../policy.ts";
import type { PolicyTable } from "../policy-table.ts";
import { type SeenPolicy, seenRevision } from "../seen-policy.ts";
import { contentOf } from "../validate-policy.ts";
import { nextRevision } from "./next-revision.ts";
import type { PolicyHistory } from "./policy-history.ts";
import type { Revision } from "./revision.ts";

/** One revision among those of a service. */
export interface PastRevision {
  readonly revision: Revision;
  /** The one before it, as far as it is kept. */
  readonly before: Revision | undefined;
  /** Whether it is what agents are served now. */
  readonly isCurrent: boolean;
}

/**
 * Everything that is known of what a policy was, the newest first, the policy of now among it: a hand edit that nobody has
 * counted yet shows with the number that it will have, and a deletion past Flashpoint too.
 */
export async function readPast(
  { table, history }: { table: PolicyTable; history: PolicyHistory },
  serviceName: string,
): Promise<PastRevision[]> {
  const [kept, seen] = [await history.list(serviceName), await table.see(serviceName)];
  const revisions = [...now(serviceName, seen, kept[0]), ...kept];
  return revisions.map((revision, index) => ({
    revision,
    before: revisions[index + 1],
    isCurrent: index === 0 && seen !== undefined,
  }));
}

function now(serviceName: string, seen: SeenPolicy | undefined, newest: Revision | undefined): Revision[] {
  const { kept, deleted } = nextRevision(seen, newest);
  if (deleted !== undefined) {
    return [{ serviceName, revision: deleted, updatedAt: "", updatedBy: BY_HAND, state: "deleted" }];
  }
  if (kept === undefined || seen === undefined) return [];
  const { raw, stored } = seen;
  const isCounted = !kept.byHand && kept.revision === seenRevision(seen);
  const base = {
    serviceName,
    revision: kept.revision,
    updatedAt: isCounted ? (raw.updatedAt?.S ?? "") : "",
    updatedBy: isCounted ? (raw.updatedBy?.S ?? "") : BY_HAND,
  };
  if (stored.state === "invalid") return [{ ...base, state: "invalid", raw, faults: stored.faults }];
  return [{ ...base, state: "valid", content: contentOf(stored.policy.targets, stored.policy.budget) }];
}
