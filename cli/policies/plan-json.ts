import { type PlannedChange, type PolicyPlan, summaryOf } from "../../shared/policies/plan/policy-plan.ts";
import { policyFileOf } from "../../shared/policies/policy-file.ts";
import { isHandEdited, lastChange, seenRevision } from "../../shared/policies/seen-policy.ts";
import type { PlacedFinding } from "../../shared/policies/set/policy-set.ts";

/** A plan as programs read it; docs/cli.md says what each field means. */
export function planJson(plan: PolicyPlan, warnings: readonly PlacedFinding[]): object {
  return {
    changes: plan.changes.map(changeJson),
    leftAlone: plan.leftAlone,
    summary: summaryOf(plan),
    warnings: warnings.map(({ rule, place, path, problem }) => ({ rule, ...place, path, problem })),
  };
}

export function changeJson({ action, serviceName, seen, content, differences }: PlannedChange): object {
  const before = seen?.stored.state === "valid" ? policyFileOf(seen.stored.policy) : null;
  return {
    action,
    serviceName,
    revision: seen === undefined ? null : seenRevision(seen),
    updatedAt: (seen && lastChange(seen).updatedAt) || null,
    updatedBy: (seen && lastChange(seen).updatedBy) || null,
    editedByHand: seen !== undefined && isHandEdited(seen),
    faults: seen?.stored.state === "invalid" ? seen.stored.faults : [],
    before,
    after: content === undefined ? null : policyFileOf(content),
    differences,
  };
}
