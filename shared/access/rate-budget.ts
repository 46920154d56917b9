/**
 * Takes one out of a budget, at a time in milliseconds.
 * @returns 0, or in how many milliseconds there will be one again; then none is taken.
 */
export type TakeOne = (at: number) => number;

/** So many a second, `atOnce` of them together where none was taken for long enough: a token bucket. */
export function createRateBudget({ perSecond, atOnce }: { perSecond: number; atOnce: number }): TakeOne {
  const costMs = 1_000 / perSecond;
  const mostMs = atOnce * costMs;
  let savedMs = mostMs;
  let lastAt = Number.NEGATIVE_INFINITY;
  return (at) => {
    // Nothing is gained by a clock that is set back.
    savedMs = Math.min(mostMs, savedMs + Math.max(0, at - lastAt));
    lastAt = at;
    if (savedMs < costMs) return Math.ceil(costMs - savedMs);
    savedMs -= costMs;
    return 0;
  };
}
