import type { Curve } from "../figure.ts";

/** Part of all arrivals, in percent, that came until each full second up to `seconds`. @param arrivals in ms after 0. */
export function shareOverTime(arrivals: readonly number[], seconds: number): Curve["points"] {
  const sorted = arrivals.toSorted((a, b) => a - b);
  let arrived = 0;
  return Array.from({ length: seconds + 1 }, (_, second) => {
    while ((sorted[arrived] ?? Number.POSITIVE_INFINITY) <= second * 1_000) arrived++;
    return [second, (100 * arrived) / sorted.length] as const;
  });
}
