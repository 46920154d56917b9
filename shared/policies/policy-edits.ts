import { Conflict, NotFound } from "../errors.ts";
import { conflictText } from "./conflict-text.ts";
import type { Budget, Policy, PolicyTargets } from "./policy.ts";
import type { PolicyTable } from "./policy-table.ts";
import type { PolicyWriter } from "./policy-writer.ts";
import type { SeenPolicy } from "./seen-policy.ts";
import { contentOf } from "./validate-policy.ts";

/** What may be done to one policy without a look at it first. */
export interface PolicyEdits {
  /**
   * Puts a policy in the place of the one that is there, budget and all.
   * @throws Conflict if somebody else changes it at the same time.
   */
  put(
    serviceName: string,
    targets: PolicyTargets,
    by: { updatedBy: string; budget?: Budget | undefined },
  ): Promise<Policy>;
  /** @throws NotFound if there is none; Conflict if somebody else changes it at the same time. */
  delete(serviceName: string, updatedBy?: string): Promise<{ revision: number }>;
}

export function createPolicyEdits({ table, writer }: { table: PolicyTable; writer: PolicyWriter }): PolicyEdits {
  const conflict = (serviceName: string, seen?: SeenPolicy, found?: SeenPolicy): Conflict =>
    new Conflict(`the policy of ${serviceName} was left as it is: ${conflictText(seen, found)}`);
  return {
    async put(serviceName, targets, { updatedBy, budget }) {
      const seen = await table.see(serviceName);
      const written = await writer.write({ serviceName, seen, content: contentOf(targets, budget) }, updatedBy);
      if (written.outcome === "conflict" || written.policy === undefined) {
        throw conflict(serviceName, seen, "found" in written ? written.found : undefined);
      }
      return written.policy;
    },
    async delete(serviceName, updatedBy = "") {
      const seen = await table.see(serviceName);
      if (seen === undefined) throw new NotFound(`${serviceName} has no policy`);
      const written = await writer.write({ serviceName, seen, content: undefined }, updatedBy);
      if (written.outcome === "conflict") throw conflict(serviceName, seen, written.found);
      return { revision: written.revision };
    },
  };
}
