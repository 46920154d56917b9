import { createRecentEntries } from "../recent-entries.ts";

/** A lookup that takes longer makes its name a suspect. */
const SLOW_MS = 1_000;
/** For how long a name is not asked for again after a lookup that did not help anybody. */
const SILENCE_MS = 60_000;
/** As many suspects are remembered; beyond, those that have been there longest and were not asked for are forgotten. */
const MAX_NAMES = 1_000;

/** Which names were slow to resolve the last time. */
export interface NameStanding {
  /** The last lookup was slow or silent; only a quick one, be it in vain, makes up for that. */
  isSuspect(host: string): boolean;
  /** The last lookup found no address in time, less than a minute ago. */
  isSilent(host: string): boolean;
  ended(host: string, lookup: { tookMs: number; hasAnswer: boolean }): void;
}

/** @param timeoutMs after which an answer is too late. */
export function createNameStanding({ timeoutMs, now }: { timeoutMs: number; now: () => number }): NameStanding {
  const suspects = createRecentEntries<{ silentUntil: number }>({ maxEntries: MAX_NAMES });

  return {
    isSuspect: (host) => suspects.get(host) !== undefined,
    isSilent: (host) => (suspects.get(host)?.silentUntil ?? 0) > now(),
    ended(host, { tookMs, hasAnswer }) {
      const isSilent = tookMs >= timeoutMs && !hasAnswer; // a late answer may be what this process was too busy to take
      if (tookMs < SLOW_MS) suspects.delete(host);
      else suspects.set(host, { silentUntil: isSilent ? now() + SILENCE_MS : 0 });
    },
  };
}
