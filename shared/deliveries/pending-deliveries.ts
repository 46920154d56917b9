/** A delivery that is not done comes again within 12 hours, SQS's longest wait; an hour more is for its turn. */
const FORGOTTEN_AFTER_MS = 13 * 3_600_000;

/** Which deliveries this process has seen that are not done: it knows nothing of what only others have seen. */
export interface PendingDeliveries {
  /**
   * Notes that a delivery is not done yet; again is as good as once.
   * @param sinceMs when its event was accepted, ms since the epoch.
   */
  waits(collector: string, eventId: string, sinceMs: number): void;
  /** Forgets a delivery that is done, whichever way. */
  ended(collector: string, eventId: string): void;
  /** The age of the oldest one in seconds, by collector. */
  oldest(): Map<string, number>;
  /** The same, and forgets them all: for a process that does not hear how they end. */
  takeOldest(): Map<string, number>;
}

interface Pending {
  readonly collector: string;
  readonly sinceMs: number;
  readonly seenAt: number;
}

/**
 * Keeps them in memory, at most `maxEntries`. As the age of the oldest is asked for, the newest are not taken where there
 * are more. One that was not heard of for 13 hours ended elsewhere, and is forgotten.
 */
export function createPendingDeliveries(options: { now: () => number; maxEntries: number }): PendingDeliveries {
  const { now, maxEntries } = options;
  const pending = new Map<string, Pending>();
  /** The key of the newest while there is no room; looked for when it is asked for. */
  let newest: string | undefined;

  /** @returns whether there is room now for one as old as that. */
  function makeRoom(sinceMs: number): boolean {
    if (pending.size < maxEntries) return true;
    newest ??= newestOf(pending);
    if (newest === undefined || sinceMs >= (pending.get(newest)?.sinceMs ?? 0)) return false;
    pending.delete(newest);
    return true;
  }

  function oldest(): Map<string, number> {
    const ages = new Map<string, number>();
    for (const [key, { collector, sinceMs, seenAt }] of pending) {
      if (now() - seenAt > FORGOTTEN_AFTER_MS) pending.delete(key);
      else ages.set(collector, Math.max(ages.get(collector) ?? 0, (now() - sinceMs) / 1_000));
    }
    return ages;
  }

  return {
    waits(collector, eventId, sinceMs) {
      const key = keyOf(collector, eventId);
      const known = pending.get(key);
      if (known === undefined) {
        if (!makeRoom(sinceMs)) return;
        newest = undefined; // this one may be newer
      }
      pending.set(key, { collector, sinceMs: known?.sinceMs ?? sinceMs, seenAt: now() });
    },
    ended(collector, eventId) {
      pending.delete(keyOf(collector, eventId));
    },
    oldest,
    takeOldest() {
      const ages = oldest();
      pending.clear();
      return ages;
    },
  };
}

function keyOf(collector: string, eventId: string): string {
  return `${eventId} ${collector}`;
}

function newestOf(pending: ReadonlyMap<string, Pending>): string | undefined {
  let newest: string | undefined;
  let newestMs = Number.NEGATIVE_INFINITY;
  for (const [key, { sinceMs }] of pending) {
    if (sinceMs > newestMs) [newest, newestMs] = [key, sinceMs];
  }
  return newest;
}
