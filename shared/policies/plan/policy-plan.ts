import type { PolicyContent } from "../policy.ts";
import type { PolicyChange } from "../policy-writer.ts";
import { isSameContent, type SeenPolicy } from "../seen-policy.ts";
import { contentOf } from "../validate-policy.ts";
import { type Difference, differencesOf } from "./differences.ts";

/** What is to be done to one service's policy. */
export interface PlannedChange extends PolicyChange {
  readonly action: "add" | "change" | "delete";
  /** Of a policy that is not valid there is nothing to compare with: it shows as new throughout. */
  readonly differences: readonly Difference[];
}

/** What it takes to have the stored policies be as they are desired. */
export interface PolicyPlan {
  /** In the order of the service names. */
  readonly changes: readonly PlannedChange[];
  /** How many are as they are desired already. */
  readonly unchanged: number;
  /** Services whose policies are stored and not desired, and stay because nobody asked to prune. */
  readonly leftAlone: readonly string[];
}

/**
 * Compares what is desired with what is stored.
 * @param prune whether a policy that is not desired is to be deleted.
 */
export function planPolicies(
  desired: readonly (PolicyContent & { readonly serviceName: string })[],
  stored: ReadonlyMap<string, SeenPolicy>,
  { prune }: { prune: boolean },
): PolicyPlan {
  const changes = desired.flatMap(({ serviceName, targets, budget }) => {
    const change = plannedChange({ serviceName, seen: stored.get(serviceName), content: contentOf(targets, budget) });
    return change === undefined ? [] : [change];
  });
  const unchanged = desired.length - changes.length;
  const names = new Set(desired.map(({ serviceName }) => serviceName));
  const others = [...stored].filter(([serviceName]) => !names.has(serviceName));
  if (prune) {
    for (const [serviceName, seen] of others) {
      const change = plannedChange({ serviceName, seen, content: undefined });
      if (change !== undefined) changes.push(change);
    }
  }
  return {
    changes: changes.sort((a, b) => (a.serviceName < b.serviceName ? -1 : 1)),
    unchanged,
    leftAlone: prune ? [] : others.map(([serviceName]) => serviceName).sort(),
  };
}

/** @returns undefined if there is nothing to change. */
export function plannedChange(change: PolicyChange): PlannedChange | undefined {
  const { seen, content } = change;
  const before = seen?.stored.state === "valid" ? seen.stored.policy : undefined;
  if (seen === undefined && content === undefined) return undefined;
  if (before !== undefined && content !== undefined && isSameContent(before, content)) return undefined;
  const action = content === undefined ? "delete" : seen === undefined ? "add" : "change";
  return { ...change, action, differences: differencesOf(before, content) };
}

export type PlanSummary = Record<"add" | "change" | "delete" | "unchanged" | "leftAlone", number>;

export function summaryOf({ changes, unchanged, leftAlone }: PolicyPlan): PlanSummary {
  const count = (action: PlannedChange["action"]): number =>
    changes.filter((change) => change.action === action).length;
  return {
    add: count("add"),
    change: count("change"),
    delete: count("delete"),
    unchanged,
    leftAlone: leftAlone.length,
  };
}
