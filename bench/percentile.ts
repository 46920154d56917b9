/**
 * The least of the values that `share` of them do not exceed (nearest rank): of 200 values the 0.99th is the third
 * largest. NaN if there are none.
 */
export function percentile(values: readonly number[], share: number): number {
  const sorted = Float64Array.from(values).sort();
  return sorted[Math.max(Math.ceil(share * sorted.length) - 1, 0)] ?? Number.NaN;
}
