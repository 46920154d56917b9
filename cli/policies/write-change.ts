import { Conflict } from "../../shared/errors.ts";
import { conflictText } from "../../shared/policies/conflict-text.ts";
import type { PolicyChange } from "../../shared/policies/policy-writer.ts";
import type { PolicyChanges } from "../../shared/services/policy-changes.ts";
import { currentUser } from "./current-user.ts";

/**
 * Writes one change in the name of whoever runs this program.
 * @returns its revision.
 * @throws Conflict if the policy is no longer as it was seen.
 */
export async function writeChange({ writer }: PolicyChanges, change: PolicyChange): Promise<number> {
  const written = await writer.write(change, currentUser());
  if (written.outcome === "written") return written.revision;
  const what = conflictText(change.seen, written.found);
  throw new Conflict(`the policy of ${change.serviceName} was left as it is: ${what}`);
}
