import { LRUCache } from "lru-cache";
import { describeFault } from "../errors.ts";
import type { Logger } from "../log.ts";
import type { Metrics } from "../metrics.ts";
import type { Policy } from "./policy.ts";
import type { StoredPolicy } from "./policy-item.ts";
import type { PolicyStore } from "./policy-store.ts";

/** Reads policies from where they are kept. Names without a policy stand in no entry. */
export type ReadPolicies = (serviceNames: readonly string[]) => Promise<Map<string, StoredPolicy>>;

/** Repairs made beside one read; after a mass edit the rest follows with later reads. */
const REPAIRS_PER_READ = 20;
/** Invalid policies whose faults are remembered, so that each edit is logged once. */
const REMEMBERED_FAULTS = 1_000;
/** Faults of one policy that a log line names; the CLI shows all. */
const LOGGED_FAULTS = 10;

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
  const knownFaults = new LRUCache<string, string>({ max: REMEMBERED_FAULTS });

  function tellInvalid(serviceName: string, faults: string): void {
    if (knownFaults.get(serviceName) === faults) return;
    knownFaults.set(serviceName, faults);
    metrics.count("policy_invalid_total");
    log.error({ serviceName, faults }, "policy is invalid and not served; agents keep what they hold");
  }

  async function repair(policy: Policy): Promise<void> {
    try {
      if (!(await store.repairUuid(policy))) return;
      metrics.count("policy_repairs_total");
      log.info({ serviceName: policy.serviceName, uuid: policy.uuid }, "policy was edited by hand; UUID written anew");
    } catch (error) {
      log.warn(
        { serviceName: policy.serviceName, err: error },
        "UUID of a hand-edited policy not written; served all the same",
      );
    }
  }

  return async (serviceNames) => {
    const found = await store.getMany(serviceNames);
    const stale: Policy[] = [];
    for (const [serviceName, stored] of found) {
      if (stored.state === "invalid") {
        tellInvalid(serviceName, stored.faults.slice(0, LOGGED_FAULTS).map(describeFault).join("; "));
        continue;
      }
      knownFaults.delete(serviceName);
      if (stored.staleUuid) stale.push(stored.policy);
    }
    await Promise.all(stale.slice(0, REPAIRS_PER_READ).map(repair));
    return found;
  };
}
