import { LimitExceeded } from "../errors.ts";
import { createRecentEntries } from "../recent-entries.ts";
import type { Caller } from "./caller.ts";
import { createRateBudget, type TakeOne } from "./rate-budget.ts";

/**
 * Takes a report out of what its caller may send.
 * @throws LimitExceeded, with the time until there is room again.
 */
export type TakeReport = (caller: Caller) => void;

/** Tokens whose reports are counted; one that is forgotten begins anew. */
const MAX_TOKENS = 10_000;

/**
 * Bounds how many reports come with one token: so many a minute, and as many at once after a quiet one. Counted in this
 * process alone, so that n servers let n times as many through. Without tokens nobody is told from anybody else, and
 * nobody is bounded.
 */
export function createReportLimit(options: { perMinute: number; now?: () => number }): TakeReport {
  const { perMinute, now = Date.now } = options;
  const budgets = createRecentEntries<TakeOne>({ maxEntries: MAX_TOKENS });
  return (caller) => {
    if (caller === undefined) return;
    const { tokenHash } = caller;
    const take = budgets.get(tokenHash) ?? createRateBudget({ perSecond: perMinute / 60, atOnce: perMinute });
    budgets.set(tokenHash, take);
    const retryAfterMs = take(now());
    if (retryAfterMs === 0) return;
    const seconds = Math.ceil(retryAfterMs / 1_000);
    throw new LimitExceeded(
      `this token has sent ${perMinute} reports within a minute, which is all that one may; try again in ${seconds} s`,
      { retryAfterMs },
    );
  };
}
