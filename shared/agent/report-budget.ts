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
   * @throws LimitExceeded if the budget is full; Unavailable if it cannot be found out whether there is one, or is room.
   */
  enter(task: ProfilingTask): Promise<() => Promise<void>>;
}

/** What a report waits for its policy at most; mostly it is known. */
const LOOK_UP_MS = 800;
/** Services of which it is remembered what budget they had last, if any. */
const MAX_SERVICES = 10_000;
/** How long policies have not been readable until that is an outage, and not a slow moment of a breach. Agents retry in 5 s. */
const OUTAGE_MS = 4_000;
/** Two failures further apart are two slow moments, and no outage. */
const APART_MS = 15_000;

export function createReportBudget(options: {
  policyCache: PolicyCache;
  triggerBudget: TriggerBudget;
  log: Logger;
  metrics: Metrics;
  /** Milliseconds; only differences matter. */
  now?: () => number;
}): ReportBudget {
  const { policyCache, triggerBudget, log, metrics, now = () => performance.now() } = options;
  const lastKnown = createRecentEntries<{ budget: Budget | undefined }>({ maxEntries: MAX_SERVICES });
  const news = createNews();
  let failing: { readonly since: number; last: number } | undefined;

  async function lookUp(serviceName: string): Promise<Budget | undefined> {
    const found = policyCache.lookUp([serviceName]);
    const [lookup] = found instanceof Promise ? await withinTime("the policy", LOOK_UP_MS, () => found) : found;
    // Agents keep the policy that they hold while its item is invalid, so its budget goes on as well.
    if (lookup?.state === "invalid") return lastKnown.get(serviceName)?.budget;
    const budget = lookup?.state === "valid" ? lookup.policy.budget : undefined;
    lastKnown.set(serviceName, { budget });
    return budget;
  }

  /** For how long policies have not been readable, in ms. */
  function failingFor(): number {
    const at = now();
    const since = failing === undefined || at - failing.last > APART_MS ? at : failing.since;
    failing = { since, last: at };
    return at - since;
  }

  /**
   * While policies cannot be read, what was known of the service last goes on. A service of which nothing is known is told
   * to come again, and in an outage it is taken for one without a budget: a report is worth more than a bound that may
   * not be there.
   */
  async function budgetOf(serviceName: string): Promise<Budget | undefined> {
    try {
      const budget = await lookUp(serviceName);
      failing = undefined;
      news.forget("policies");
      return budget;
    } catch (error) {
      const failedMs = failingFor();
      const known = lastKnown.get(serviceName);
      if (known !== undefined) return known.budget;
      if (failedMs < OUTAGE_MS) throw error;
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
