import type { DynamoDBDocumentClient } from "@aws-sdk/lib-dynamodb";
import { createScopeFilter } from "../access/scope-filter.ts";
import { createTokenCheck } from "../access/token-check.ts";
import { createTokenStore } from "../access/token-store.ts";
import type { Config } from "../config.ts";
import type { Logger } from "../log.ts";
import type { Metrics } from "../metrics.ts";
import { createPolicyCache } from "../policies/policy-cache.ts";
import { createPolicyReader } from "../policies/policy-reader.ts";
import { createPolicyStore } from "../policies/policy-store.ts";
import { tableName } from "../resources.ts";

export type PollServices = ReturnType<typeof createPollServices>;

/** What agents' polls take, which are nearly all of their calls; it loads without the rest. */
export function createPollServices(options: {
  config: Pick<Config, "stack" | "policyCacheMs" | "policyCacheEntries" | "requireToken">;
  documents: DynamoDBDocumentClient;
  log: Logger;
  metrics: Metrics;
  /** Milliseconds since the epoch. */
  now?: () => number;
  /** Milliseconds that only ever grow: for how long what was read of policies is remembered. */
  monotonicNow?: () => number;
}) {
  const { config, documents, log, metrics, now = Date.now, monotonicNow } = options;
  const policyStore = createPolicyStore({
    documents,
    table: tableName(config.stack, "policies"),
    historyTable: tableName(config.stack, "policyHistory"),
    metrics,
    now,
    readsWhole: true,
  });
  const policyCache = createPolicyCache({
    read: createPolicyReader({ store: policyStore, log, metrics }),
    ttlMs: config.policyCacheMs,
    maxEntries: config.policyCacheEntries,
    ...(monotonicNow && { now: monotonicNow }),
  });
  const tokenStore = createTokenStore({ documents, table: tableName(config.stack, "tokens"), now });
  return {
    policyStore,
    policyCache,
    tokenStore,
    scopeFilter: createScopeFilter({ requireToken: config.requireToken, log, metrics, now }),
    /** Undefined where everybody may call. */
    checkToken: config.requireToken ? createTokenCheck({ store: tokenStore, log, now }) : undefined,
  };
}
