import { createRecentEntries } from "../recent-entries.ts";
import type { StoredPolicy } from "./policy-item.ts";
import type { ReadPolicies } from "./policy-reader.ts";
import { canonicalJson } from "./policy-uuid.ts";

/** What is known of a service: its policy, that it has an invalid one, or that it has none. */
export type PolicyLookup = Extract<StoredPolicy, { state: "valid" }> | { state: "invalid" } | { state: "absent" };

export interface PolicyCache {
  /**
   * Looks services up, in the order asked for; at once if all of them are known.
   * @throws Unavailable if one of them had to be read and could not; a failure is never cached.
   */
  lookUp(serviceNames: readonly string[]): PolicyLookup[] | Promise<PolicyLookup[]>;
}

/** Most bytes of policies held, however few entries they are. */
const MAX_BYTES = 64 * 1_024 * 1_024;
/** What an entry weighs beside its policy. */
const ENTRY_BYTES = 256;
const ABSENT: PolicyLookup = { state: "absent" };
const INVALID: PolicyLookup = { state: "invalid" };
/** Names read together at most: one batch of DynamoDB's, so that nobody waits for, or fails with, many others. */
const NAMES_PER_READ = 100;

/**
 * Remembers for `ttlMs` what was read, absent services too. Names that are missing at the same moment, whoever asks,
 * are read together, and a name under way is never read twice. A read takes along what is past half its time and was
 * asked for since then: it would be missing soon. So names that different agents ask for grow old together, and are
 * read by few reads of many in place of many of few.
 */
export function createPolicyCache(options: {
  read: ReadPolicies;
  ttlMs: number;
  maxEntries: number;
  /** Milliseconds; only differences matter. */
  now?: () => number;
}): PolicyCache {
  const { read, ttlMs, maxEntries, now = () => performance.now() } = options;
  const known = createRecentEntries<{ lookup: PolicyLookup; readAt: number }>({
    maxEntries,
    maxBytes: MAX_BYTES,
    bytesOf: ({ lookup }, serviceName) => sizeOf(lookup, serviceName),
  });
  const underWay = new Map<string, Promise<PolicyLookup>>();
  /** What the next read takes along, if it has room. */
  const soonMissing = new Set<string>();
  let gathering: { names: string[]; found: Promise<Map<string, StoredPolicy>> } | undefined;

  /** Joins the read that starts at the end of this turn of the event loop. */
  function joinRead(serviceName: string): Promise<PolicyLookup> {
    const joined = underWay.get(serviceName);
    if (joined !== undefined) return joined;
    gathering ??= startGathering();
    const { names, found } = gathering;
    const lookup = join(serviceName, names, found);
    if (names.length === NAMES_PER_READ) gathering = undefined;
    return lookup;
  }

  function join(
    serviceName: string,
    names: string[],
    reading: Promise<Map<string, StoredPolicy>>,
  ): Promise<PolicyLookup> {
    names.push(serviceName);
    soonMissing.delete(serviceName);
    const lookup = reading.then(
      (found) => {
        const result = lookupOf(found.get(serviceName));
        underWay.delete(serviceName);
        if (ttlMs > 0) known.set(serviceName, { lookup: result, readAt: now() });
        return result;
      },
      (error) => {
        underWay.delete(serviceName);
        throw error;
      },
    );
    underWay.set(serviceName, lookup);
    return lookup;
  }

  function startGathering(): NonNullable<typeof gathering> {
    const names: string[] = [];
    const found = new Promise<void>((resolve) => setImmediate(resolve)).then(() => {
      if (gathering?.names === names) gathering = undefined;
      for (const serviceName of soonMissing) {
        if (names.length >= NAMES_PER_READ) break;
        // Whoever asked for it was answered: only who asks for it from now on hears of a failure.
        if (!underWay.has(serviceName)) join(serviceName, names, found).catch(() => {});
      }
      return read(names);
    });
    return { names, found };
  }

  return {
    lookUp(serviceNames) {
      const at = now();
      const lookups = serviceNames.map((serviceName) => {
        const found = known.get(serviceName);
        if (found === undefined || at - found.readAt > ttlMs) return joinRead(serviceName);
        const isOld = at - found.readAt > ttlMs / 2 && !underWay.has(serviceName);
        if (isOld && soonMissing.size < NAMES_PER_READ) soonMissing.add(serviceName);
        return found.lookup;
      });
      return lookups.some((lookup) => lookup instanceof Promise) ? Promise.all(lookups) : (lookups as PolicyLookup[]);
    },
  };
}

/** The faults of an invalid policy are not kept: agents hear nothing of them, and they can be many. */
function lookupOf(stored: StoredPolicy | undefined): PolicyLookup {
  if (stored === undefined) return ABSENT;
  return stored.state === "invalid" ? INVALID : stored;
}

function sizeOf(lookup: PolicyLookup, serviceName: string): number {
  const policyBytes = lookup.state === "valid" ? canonicalJson(lookup.policy.targets).length : 0;
  return ENTRY_BYTES + serviceName.length + policyBytes;
}
