import { describeFault, describeFaults, errorText, type Fault } from "../errors.ts";
import type { Logger } from "../log.ts";
import type { Metrics } from "../metrics.ts";
import { createNews } from "../news.ts";
import type { Policy } from "./policy.ts";
import type { StoredPolicy } from "./policy-item.ts";
import type { PolicyStore } from "./policy-store.ts";

/** Reads policies from where they are kept. Names without a policy stand in no entry. */
export type ReadPolicies = (serviceNames: readonly string[]) => Promise<Map<string, StoredPolicy>>;

/** Repairs made beside one read; after a mass edit the rest follows with later reads. */
const REPAIRS_PER_READ = 20;

/**
 * Reads policies and looks after what hands have edited: a stale UUID is repaired in the item, an invalid item is
 * logged once for each edit. Neither ever fails the read.
 */
export function createPolicyReader(options: {
  store: Pick<PolicyStore, "getMany" | "repairUuid">;
  log: Logger;
  metrics: Metrics;
}): ReadPolicies {
  const { store, log, metrics } = options;
  const news = createNews();

  function tellInvalid(serviceName: string, faults: readonly Fault[]): void {
    if (!news.isNew(serviceName, faults.map(describeFault).join())) return;
    metrics.count("policy_invalid_total");
    const fields = { serviceName, faults: describeFaults(faults) };
    log.error(fields, "policy is invalid and not served; agents keep what they hold");
  }

  async function repair(policy: Policy): Promise<void> {
    try {
      if (!(await store.repairUuid(policy))) return;
      metrics.count("policy_repairs_total");
      log.info({ serviceName: policy.serviceName, uuid: policy.uuid }, "policy was edited by hand; UUID written anew");
    } catch (error) {
      if (!news.isNew(policy.serviceName, errorText(error))) return;
      const fields = { serviceName: policy.serviceName, err: error };
      log.warn(fields, "UUID of a hand-edited policy not written; served all the same");
    }
  }

  return async (serviceNames) => {
    const found = await store.getMany(serviceNames);
    const stale: Policy[] = [];
    for (const serviceName of serviceNames) {
      const stored = found.get(serviceName);
      if (stored?.state === "invalid") tellInvalid(serviceName, stored.faults);
      else if (stored?.staleUuid) stale.push(stored.policy);
      else news.forget(serviceName);
    }
    await Promise.all(stale.slice(0, REPAIRS_PER_READ).map(repair));
    return found;
  };
}
