import { withinTime } from "../aws/deadline.ts";
import { errorText } from "../errors.ts";
import type { ProfilingTask } from "../gen/flashpoint/v1/task_pb.js";
import type { Logger } from "../log.ts";
import type { Metrics } from "../metrics.ts";
import { createNews } from "../news.ts";
import type { Budget } from "../policies/policy.ts";
import type { PolicyCache } from "../policies/policy-cache.ts";
import { createRecentEntries } from "../recent-entries.ts";
import type { TriggerBudget } from "../tasks/trigger-budget.ts";

/** Holds reports against the budgets of their services' policies. */
export interface ReportBudget {
  /**
   * Takes the report's place in its budget, if it has one; without a budget, nothing is written.
   * @returns what gives the place back, for when the report is not accepted after all; it does not throw.
   * @throws LimitExceeded if the budget is full; Unavailable if it cannot be found out whether it is.
   */
  enter(task: ProfilingTask): Promise<() => Promise<void>>;
}

/** What a report waits for its policy at most; mostly it is known. */
const LOOK_UP_MS = 500;
/** Services whose budgets are remembered at most, for when DynamoDB does not tell. */
const MAX_BUDGETS = 10_000;

export function createReportBudget(options: {
  policyCache: PolicyCache;
  triggerBudget: TriggerBudget;
  log: Logger;
  metrics: Metrics;
}): ReportBudget {
  const { policyCache, triggerBudget, log, metrics } = options;
  const lastKnown = createRecentEntries<Budget>({ maxEntries: MAX_BUDGETS });
  const news = createNews();

  /**
   * While policies cannot be read, a budget holds that was known before. A service of which none is known is taken for one
   * without: a report is worth more than a bound that may not be there.
   */
  async function budgetOf(serviceName: string): Promise<Budget | undefined> {
    try {
      const found = policyCache.lookUp([serviceName]);
      const [lookup] = found instanceof Promise ? await withinTime("the policy", LOOK_UP_MS, () => found) : found;
      const budget = lookup?.state === "valid" ? lookup.policy.budget : undefined;
      if (budget === undefined) lastKnown.delete(serviceName);
      else lastKnown.set(serviceName, budget);
      news.forget("policies");
      return budget;
    } catch (error) {
      const budget = lastKnown.get(serviceName);
      if (budget !== undefined) return budget;
      metrics.count("reports_budget_unknown_total");
      if (news.isNew("policies", errorText(error)))
        log.warn({ err: error }, "policies cannot be read; reports of services without a known budget are taken");
      return undefined;
    }
  }

  return {
    async enter(task) {
      const budget = await budgetOf(task.serviceName);
      return budget === undefined ? async () => {} : triggerBudget.enter(task, budget.maxActive);
    },
  };
}
