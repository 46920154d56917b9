const BASE_MS = 50;
const CAP_MS = 5_000;

/**
 * How long to wait before something is tried again that DynamoDB had no capacity for: between nothing and a bound that
 * doubles with each failure, so that those who are turned away together do not come back together ("full jitter").
 * @param failures so far, from 1.
 * @param random from 0 to 1.
 * @param now, giveUpAt ms of the same clock.
 * @returns ms; undefined if that would be too late.
 */
export function nextWaitMs(options: {
  failures: number;
  random: number;
  now: number;
  giveUpAt: number;
}): number | undefined {
  const { failures, random, now, giveUpAt } = options;
  const waitMs = random * Math.min(CAP_MS, BASE_MS * 2 ** (failures - 1));
  return now + waitMs < giveUpAt ? waitMs : undefined;
}
