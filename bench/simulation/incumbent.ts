import { pollsInOrder } from "./agents-polls.ts";

/**
 * What Apache SkyWalking's OAP does with polls, read in its source (ContinuousProfilingServiceHandler as of commit 268002b4),
 * not run: policies are kept for a minute after they were read, by default. Services that are kept are not asked
 * of the storage, which so may be asked for none at all.
 *
 * - `compared`: storage that finds nothing for no services, as BanyanDB and Elasticsearch do: the one is asked service by
 *   service, the other for `terms` of an empty list. What is kept is held against the agent's UUID.
 * - `silent`: while the cache answers for all services of a poll, the answer is empty. It comes to that where an
 *   empty question is an error, as with SQL's `in ()` in MySQL and PostgreSQL, and errors are answered with nothing.
 */
export type IncumbentRule = "compared" | "silent";

const CACHE_MS = 60_000;

/**
 * When each agent has a policy that was edited at 0, in ms; infinity for those that have not by `untilMs`.
 * @param options.phases when in its ten seconds each agent polls, in order.
 * @param options.readAtMs when the cache was filled, a minute before the edit at most: from -60,000 to 0.
 */
export function incumbentArrivals(options: {
  rule: IncumbentRule;
  phases: readonly number[];
  readAtMs: number;
  untilMs: number;
}): number[] {
  const { rule, phases, readAtMs, untilMs } = options;
  const arrivals = phases.map(() => Number.POSITIVE_INFINITY);
  let keptSinceMs = readAtMs;
  for (const { atMs, agent } of pollsInOrder(phases, { fromMs: 0, toMs: untilMs })) {
    // To the full minute and not only up to it: else the same agent, six polls later, would fill the cache each time, and
    // by the second rule no other would ever hear of the edit.
    const isKept = atMs - keptSinceMs <= CACHE_MS;
    if (!isKept) keptSinceMs = atMs;
    const hears = rule === "silent" ? !isKept : keptSinceMs > 0;
    if (hears) arrivals[agent] = Math.min(arrivals[agent] ?? 0, atMs);
  }
  return arrivals;
}

/** Evenly over the minute: where the cache may stand when somebody edits a policy. */
export function cachePhases(count: number): number[] {
  return Array.from({ length: count }, (_, at) => (-CACHE_MS * (at + 0.5)) / count);
}
