/** How much of the past can be spent at once. */
const SAVED_MS = 1_000;

/** Takes one look-up out of the budget, at a time in milliseconds. @returns false if none is left. */
export type LookUpBudget = (at: number) => boolean;

/** Look-ups at so many a second, as many of them at once where none was taken for a second: a token bucket. */
export function createLookUpBudget(perSecond: number): LookUpBudget {
  const costMs = 1_000 / perSecond;
  let savedMs = SAVED_MS;
  let lastAt = Number.NEGATIVE_INFINITY;
  return (at) => {
    // Nothing is gained by a clock that is set back.
    savedMs = Math.min(SAVED_MS, savedMs + Math.max(0, at - lastAt));
    lastAt = at;
    if (savedMs < costMs) return false;
    savedMs -= costMs;
    return true;
  };
}
