/**
 * Looks for the highest rate that holds: up from `from` by `factor` until one does not, then between the two, until
 * they are closer than `precision` (1.1: a tenth). Where `from` does not hold, downwards.
 * @param most asks at most so often; whatever is known then counts.
 * @returns 0 if none was seen to hold.
 */
export async function highestRate(
  holds: (rate: number) => Promise<boolean>,
  { from, factor, precision, most }: { from: number; factor: number; precision: number; most: number },
): Promise<number> {
  let held = 0;
  let failed = Number.POSITIVE_INFINITY;
  for (let asked = 0; asked < most && failed / held > precision; asked++) {
    const rate = Math.round(nextRate(held, failed, { from, factor }));
    if (rate <= held || rate >= failed) break; // nothing between whole numbers
    if (await holds(rate)) held = rate;
    else failed = rate;
  }
  return held;
}

function nextRate(held: number, failed: number, { from, factor }: { from: number; factor: number }): number {
  if (held === 0) return failed === Number.POSITIVE_INFINITY ? from : failed / factor;
  return failed === Number.POSITIVE_INFINITY ? held * factor : Math.sqrt(held * failed);
}
