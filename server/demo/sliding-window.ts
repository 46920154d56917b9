import type { Check } from "../../shared/policies/policy.ts";

/**
 * Whether a check fires: at least `count` of the last `period` one-second samples are at or over the threshold.
 * `samples` run from the oldest to the newest.
 */
export function fires(
  samples: readonly number[],
  check: Pick<Check, "period" | "count"> & { threshold: number },
): boolean {
  const window = samples.slice(-check.period);
  return window.filter((sample) => sample >= check.threshold).length >= check.count;
}
