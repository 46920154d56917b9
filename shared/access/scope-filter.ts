import { Unauthenticated } from "../errors.ts";
import type { Logger } from "../log.ts";
import type { Metrics } from "../metrics.ts";
import { createRecentEntries } from "../recent-entries.ts";
import type { Caller } from "./caller.ts";
import { isInScope } from "./scope.ts";

/** How long what a token may not do is passed over in the log once it was told; it is counted all the same. */
const TOLD_FOR_MS = 600_000;
const MAX_TOKENS = 1_000;

/** Whatever is about a service. */
interface AboutService {
  readonly serviceName: string;
}

/** Leaves out what its caller may not speak for, and sees to it that operators hear of it. */
export interface ScopeFilter {
  /**
   * Those that are about services in the caller's scope; the very same list if all are.
   * @param method the call's name, for instance `queryPolicies`.
   * @throws Unauthenticated if nobody is known where a token is required: its check was left out.
   */
  inScope<T extends AboutService>(caller: Caller, method: string, all: readonly T[]): readonly T[];
  /** Whether the caller may speak for one service. */
  allows(caller: Caller, method: string, serviceName: string): boolean;
}

export function createScopeFilter(options: {
  /** Whether every call has to have a caller. */
  requireToken: boolean;
  log: Logger;
  metrics: Metrics;
  now?: () => number;
}): ScopeFilter {
  const { requireToken, log, metrics, now = Date.now } = options;
  const toldAt = createRecentEntries<number>({ maxEntries: MAX_TOKENS });

  function note({ tokenHash, name }: NonNullable<Caller>, method: string, serviceName: string, count: number): void {
    metrics.count("out_of_scope_total", { method }, count);
    const at = now();
    const before = toldAt.get(tokenHash);
    if (before !== undefined && Math.abs(at - before) < TOLD_FOR_MS) return;
    toldAt.set(tokenHash, at);
    const fields = { agentToken: name, method, serviceName: serviceName.slice(0, 256).toWellFormed() };
    log.warn(
      fields,
      "a token was used for a service that it may not speak for; `flashpoint tokens list` shows for which",
    );
  }

  const filter: ScopeFilter = {
    inScope(caller, method, all) {
      if (caller === undefined && requireToken) throw new Unauthenticated("it is not known who calls");
      // Most tokens speak for all services, and polls come by the thousand.
      if (caller?.services === undefined) return all;
      let without: string | undefined;
      const within = all.filter((one) => {
        const isWithin = isInScope(caller.services, one.serviceName);
        if (!isWithin) without ??= one.serviceName;
        return isWithin;
      });
      if (without === undefined) return all;
      note(caller, method, without, all.length - within.length);
      return within;
    },
    allows: (caller, method, serviceName) => filter.inScope(caller, method, [{ serviceName }]).length > 0,
  };
  return filter;
}
