import { editedByHand } from "../../../shared/diagnosis/edited-by-hand.ts";
import { serviceNameOf } from "../../../shared/policies/policy-store.ts";
import type { Line } from "../line.ts";

interface PolicyFacts {
  count: number;
  withBudget: number;
  invalid: string[];
  editedByHand: string[];
}

export const policies: Line<PolicyFacts> = {
  name: "policies",
  async gather({ policyStore }) {
    const stored = await policyStore.list();
    const valid = stored.filter((entry) => entry.state === "valid");
    return {
      count: stored.length,
      withBudget: valid.filter(({ policy }) => policy.budget !== undefined).length,
      invalid: stored.filter(({ state }) => state === "invalid").map(serviceNameOf),
      editedByHand: editedByHand(stored),
    };
  },
  show({ count, withBudget, invalid, editedByHand: byHand }, { commandLine }) {
    if (count === 0) return { state: "warning", text: "none", advice: commandLine("policies set SERVICE -f FILE") };
    const parts = [
      String(count),
      ...(withBudget > 0 ? [`${withBudget} with a budget`] : []),
      ...(byHand.length > 0 ? [`${byHand.length} edited by hand`] : []),
      ...(invalid.length > 0 ? [`${invalid.length} invalid, served to nobody`] : []),
    ];
    const [first] = invalid;
    const text = parts.join(", ");
    if (first !== undefined) return { state: "warning", text, advice: commandLine("policies get", first) };
    return { state: "good", text };
  },
};
