import { InvalidInput } from "../../shared/errors.ts";
import type { PolicyPlan } from "../../shared/policies/plan/policy-plan.ts";
import type { PlacedFinding } from "../../shared/policies/set/policy-set.ts";
import type { PolicyChanges } from "../../shared/services/policy-changes.ts";
import { readPolicySet } from "./policy-set-input.ts";
import { complainOfWarnings } from "./warnings.ts";

export interface Desired {
  readonly policies: Awaited<ReturnType<typeof readPolicySet>>["policies"];
  readonly warnings: readonly PlacedFinding[];
}

/**
 * Reads what is desired, and says what is worth a thought.
 * @throws InvalidInput with every fault; also if pruning would leave nothing, which nobody means.
 */
export async function readDesired(paths: readonly string[], { prune }: { prune: boolean }): Promise<Desired> {
  const { policies, warnings } = await readPolicySet(paths);
  if (prune && policies.length === 0) {
    throw new InvalidInput("--prune", [{ path: "", problem: "would delete every policy: no policy is in the files" }]);
  }
  complainOfWarnings(warnings);
  return { policies, warnings };
}

/** Holds what is desired against what is stored now. */
export async function makePlan(
  { table }: Pick<PolicyChanges, "table">,
  { policies }: Desired,
  options: { prune: boolean },
): Promise<PolicyPlan> {
  const [stored, { planPolicies }] = await Promise.all([
    table.seeAll(),
    import("../../shared/policies/plan/policy-plan.ts"),
  ]);
  return planPolicies(policies, stored, options);
}
