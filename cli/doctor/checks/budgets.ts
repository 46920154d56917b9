import pLimit from "p-limit";
import { budgetUses, budgetUseText } from "../../../shared/diagnosis/budget-use.ts";
import { type Check, type Finding, ok } from "../check.ts";

const AT_ONCE = 8;
const MOST = 200;

/** Whether any budget is used up, so that reports are refused. */
export const budgets: Check = {
  name: "budgets",
  needs: ["tables/policies", "tables/budgets"],
  async run({ stores, now, commandLine }) {
    const stored = await stores.policyStore.list();
    const bounded = stored.filter((entry) => entry.state === "valid" && entry.policy.budget !== undefined);
    if (bounded.length === 0) return ok("no policy has one");
    const inTurn = pLimit(AT_ONCE);
    const uses = await Promise.all(
      bounded.slice(0, MOST).map((policy) =>
        inTurn(async () => {
          const serviceName = policy.state === "valid" ? policy.policy.serviceName : "";
          const activeTasks = await stores.budgetStore.active(serviceName);
          return budgetUses({ policy, activeTasks }).map((use) => ({ serviceName, use }));
        }),
      ),
    );
    const full = uses.flat().filter(({ use }) => use.freeAt !== undefined);
    if (full.length === 0) return ok(`${bounded.length}, none used up`);
    return full.map(
      ({ serviceName, use }): Finding => ({
        status: "warning",
        detail: `${serviceName}: ${budgetUseText(use, now)}; reports are refused`,
        advice: `\`${commandLine("why", serviceName)}\``,
      }),
    );
  },
};
