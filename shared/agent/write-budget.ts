/**
 * When what an agent watches is written. What stays as it was is written every five minutes. What changes is written at
 * once while a token bucket lasts: every write takes a token, there are six at most, and one comes back every five
 * minutes. So an hour holds 12 + 6 writes at most, whatever the agent does, and no change waits for more than five
 * minutes.
 */

/** The last write of an agent; both in milliseconds since the epoch. */
export interface LastWrite {
  /** 0 if there was none that still counts. */
  readonly writtenAt: number;
  /** When the bucket will be full again, which says how many tokens it holds now; 0 for a full one. */
  readonly budgetFullAt: number;
}

export const WRITE_EVERY_MS = 300_000;
const TOKENS = 6;

/** From when on the agent is to be written. */
export function writeDueAt({ writtenAt, budgetFullAt }: LastWrite, hasChanged: boolean): number {
  const renewedAt = writtenAt + WRITE_EVERY_MS;
  const tokenAt = budgetFullAt - (TOKENS - 1) * WRITE_EVERY_MS;
  return hasChanged ? Math.min(tokenAt, renewedAt) : renewedAt;
}

/** The same after a write at `now`. */
export function afterWrite({ budgetFullAt }: LastWrite, now: number): LastWrite {
  const takenFrom = Math.min(Math.max(budgetFullAt, now), now + (TOKENS - 1) * WRITE_EVERY_MS);
  return { writtenAt: now, budgetFullAt: takenFrom + WRITE_EVERY_MS };
}
