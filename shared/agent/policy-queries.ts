import type { ServiceImpl } from "@connectrpc/connect";
import { callerOf } from "../access/caller.ts";
import type { ScopeFilter } from "../access/scope-filter.ts";
import { LimitExceeded } from "../errors.ts";
import type { Commands } from "../gen/common/Common_pb.js";
import type { ContinuousProfilingService } from "../gen/ebpf/profiling/Continuous_pb.js";
import type { Metrics } from "../metrics.ts";
import type { PolicyCache, PolicyLookup } from "../policies/policy-cache.ts";
import { command, NO_COMMANDS } from "./command.ts";
import { type AskedService, answerPoll, firstMentions } from "./policy-answer.ts";
import { isResendDue } from "./resend-slot.ts";

/** Serves agents that poll for policies. */
export function createPolicyQueries(options: {
  policyCache: PolicyCache;
  scopeFilter: ScopeFilter;
  maxServicesPerQuery: number;
  metrics: Metrics;
  now?: () => number;
}): Pick<ServiceImpl<typeof ContinuousProfilingService>, "queryPolicies"> {
  const { policyCache, scopeFilter, maxServicesPerQuery, metrics, now = Date.now } = options;
  function answer(asked: readonly AskedService[], lookups: readonly PolicyLookup[]): Commands {
    const at = now();
    const { services, reasons } = answerPoll(asked, lookups, (serviceName) => isResendDue(serviceName, at));
    metrics.count("policy_polls_total");
    if (services.length === 0) return NO_COMMANDS;
    for (const reason of reasons) metrics.count("policy_answers_total", { reason });
    // One command in all: an agent drops an answer that holds two.
    return command("ContinuousProfilingPolicyQuery", "ServiceWithPolicyJSON", `[${services.join(",")}]`);
  }

  return {
    queryPolicies({ policies }, context) {
      const named = firstMentions(policies);
      if (named.length > maxServicesPerQuery) {
        throw new LimitExceeded(`query names ${named.length} services; at most ${maxServicesPerQuery} fit into one`);
      }
      // Those left out hear nothing, not even that a policy is gone: the agent keeps what it holds.
      const asked = scopeFilter.inScope(callerOf(context), "queryPolicies", named);
      const lookups = policyCache.lookUp(asked.map(({ serviceName }) => serviceName));
      // No detour over a promise for what is known already: polls come by the thousand.
      return lookups instanceof Promise ? lookups.then((found) => answer(asked, found)) : answer(asked, lookups);
    },
  };
}
