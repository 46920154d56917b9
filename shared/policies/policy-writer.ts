import { isConditionFailure } from "../aws/refusals.ts";
import { nextRevision } from "./history/next-revision.ts";
import type { PolicyHistory } from "./history/policy-history.ts";
import { isRevisionOf, type Revision } from "./history/revision.ts";
import { BY_HAND, type Policy, type PolicyContent } from "./policy.ts";
import { refuseUncountable } from "./policy-item.ts";
import type { PolicyTable } from "./policy-table.ts";
import { policyUuid } from "./policy-uuid.ts";
import { isCountedSince, isSameContent, isSameItem, lastChange, type SeenPolicy, seenRevision } from "./seen-policy.ts";
import { contentOf } from "./validate-policy.ts";

/** One policy to be put in the place of what was seen, or to be deleted. */
export interface PolicyChange {
  readonly serviceName: string;
  /** Undefined: there was none. */
  readonly seen: SeenPolicy | undefined;
  /** Undefined: to be deleted. */
  readonly content: PolicyContent | undefined;
}

export type WriteOutcome =
  | { readonly outcome: "written"; readonly revision: number; readonly policy: Policy | undefined }
  /** It is no longer as it was seen, and was left as it is now. */
  | { readonly outcome: "conflict"; readonly found: SeenPolicy | undefined };

/** The one way to change a policy: what it replaces is kept in the history, and nothing that nobody saw is written over. */
export interface PolicyWriter {
  /**
   * If the process ends on the way, the policy is either as it was or as it is to be, and what it was is in the history.
   * @throws Unavailable if DynamoDB did not take it, or did not say so.
   */
  write(change: PolicyChange, updatedBy: string): Promise<WriteOutcome>;
}

/** How often a write begins anew because a server counted a hand edit, or somebody kept the same number, in between. */
const MAX_TRIES = 4;

export function createPolicyWriter(options: {
  table: PolicyTable;
  history: PolicyHistory;
  /** Milliseconds since the epoch. */
  now?: () => number;
}): PolicyWriter {
  const { table, history, now = Date.now } = options;

  /** @returns false if the number is another revision's by now. */
  async function keep(revision: Revision, isIt: (kept: Revision) => boolean): Promise<boolean> {
    if (await history.add(revision)) return true;
    const kept = await history.get(revision.serviceName, revision.revision);
    return kept !== undefined && isIt(kept);
  }

  /** Notes what the change takes away. @returns the change's number; undefined if that has to be looked at anew. */
  async function keepBefore(
    serviceName: string,
    { seen, newest, at }: { seen: SeenPolicy | undefined; newest: Revision | undefined; at: string },
  ): Promise<number | undefined> {
    const { kept, deleted, next } = nextRevision(seen, newest);
    refuseUncountable(serviceName, next);
    if (deleted !== undefined) {
      const found: Revision = { serviceName, revision: deleted, updatedAt: "", updatedBy: BY_HAND, state: "deleted" };
      if (!(await keep(found, ({ state }) => state === "deleted"))) return undefined;
    }
    if (kept === undefined || seen === undefined) return next;
    const { revision, byHand } = kept;
    const who = byHand ? { updatedAt: at, updatedBy: BY_HAND } : lastChange(seen);
    const asItStands = revisionOfItem(seen, { serviceName, revision, ...who });
    return (await keep(asItStands, (other) => isRevisionOf(other, seen))) ? next : undefined;
  }

  /** The rest is not the writer's to wait for: the next write makes up for what fails here. */
  async function keepAfter(revision: Revision): Promise<void> {
    try {
      await history.add(revision);
      await history.prune(revision.serviceName);
    } catch {
      // The policy itself is written.
    }
  }

  /** Whether this write took effect, though DynamoDB's answer did not say so. */
  async function hasLanded(written: Revision, found: SeenPolicy | undefined): Promise<boolean> {
    if (written.state !== "valid") return found === undefined;
    const isOurs = (who: { updatedAt: string; updatedBy: string }): boolean =>
      who.updatedAt === written.updatedAt && who.updatedBy === written.updatedBy;
    // An edit by hand since then leaves all of this as it was written.
    if (found !== undefined && seenRevision(found) === written.revision && isOurs(lastChange(found))) {
      return found.raw.uuid?.S === policyUuid(written.content.targets);
    }
    // Whoever wrote over it, or deleted it, has kept it first.
    const kept = await history.get(written.serviceName, written.revision);
    return kept?.state === "valid" && isOurs(kept) && isSameContent(kept.content, written.content);
  }

  async function write(change: PolicyChange, updatedBy: string): Promise<WriteOutcome> {
    const { serviceName, content } = change;
    const updatedAt = new Date(now()).toISOString();
    let { seen } = change;
    for (let tries = 0; tries < MAX_TRIES; tries++) {
      const [newest] = await history.list(serviceName, 1);
      const { kept, deleted } = nextRevision(seen, newest);
      if (kept !== undefined || deleted !== undefined) {
        // What is out of date must not get into the history.
        const current = await table.see(serviceName);
        if (isSameItem(seen?.raw, current?.raw) || (seen !== undefined && isCountedSince(seen, current)))
          seen = current;
        else return { outcome: "conflict", found: current };
      }
      const next = await keepBefore(serviceName, { seen, newest, at: updatedAt });
      if (next === undefined) continue;
      const policy = content && policyOf(serviceName, content, { revision: next, updatedAt, updatedBy });
      const base = { serviceName, revision: next, updatedAt, updatedBy };
      const revision: Revision = content ? { ...base, state: "valid", content } : { ...base, state: "deleted" };
      try {
        if (policy !== undefined) await table.put(policy, seen);
        else if (seen !== undefined) await table.delete(seen);
      } catch (error) {
        const found = await table.see(serviceName);
        if (!(await hasLanded(revision, found))) {
          if (!isConditionFailure(error)) throw error;
          if (seen === undefined || !isCountedSince(seen, found)) return { outcome: "conflict", found };
          seen = found;
          continue;
        }
      }
      await keepAfter(revision);
      return { outcome: "written", revision: next, policy };
    }
    return { outcome: "conflict", found: await table.see(serviceName) };
  }

  return { write };
}

function policyOf(
  serviceName: string,
  { targets, budget }: PolicyContent,
  by: Pick<Policy, "revision" | "updatedAt" | "updatedBy">,
): Policy {
  return { serviceName, ...contentOf(targets, budget), uuid: policyUuid(targets), ...by };
}

function revisionOfItem(
  { raw, stored }: SeenPolicy,
  base: Pick<Revision, "serviceName" | "revision" | "updatedAt" | "updatedBy">,
): Revision {
  if (stored.state === "invalid") return { ...base, state: "invalid", raw, faults: stored.faults };
  return { ...base, state: "valid", content: contentOf(stored.policy.targets, stored.policy.budget) };
}
