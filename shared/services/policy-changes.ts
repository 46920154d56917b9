import { createPersistence } from "../aws/persistence.ts";
import { createPolicyHistory, type PolicyHistory } from "../policies/history/policy-history.ts";
import { createPolicyTable, type PolicyTable } from "../policies/policy-table.ts";
import { createPolicyWriter, type PolicyWriter } from "../policies/policy-writer.ts";
import { tableName } from "../resources.ts";
import type { Basis } from "./basis.ts";

export interface PolicyChanges {
  readonly table: PolicyTable;
  readonly history: PolicyHistory;
  readonly writer: PolicyWriter;
}

/**
 * What changes policies and knows what they were, for one run of a verb.
 * @param signal ends its patience with DynamoDB.
 */
export function createPolicyChanges(
  { config: { stack }, aws: { documents }, now }: Pick<Basis, "config" | "aws" | "now">,
  signal?: AbortSignal,
): PolicyChanges {
  const persist = createPersistence({ signal });
  const table = createPolicyTable({ documents, table: tableName(stack, "policies"), persist });
  const history = createPolicyHistory({ documents, table: tableName(stack, "policyHistory"), persist });
  return { table, history, writer: createPolicyWriter({ table, history, now }) };
}
