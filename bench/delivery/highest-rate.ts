/**
 * Looks for the highest rate that holds: up from `from` by `factor` until one does not, then between the two, until
 * they are closer than `precision` (1.1: a tenth). Where `from` does not hold, downwards.
 * @param search.most asks at most so often; whatever is known then counts.
 * @param search.held is known to hold, and `failed` not to, if anything is: what is above the one and below the other is
 *     asked then, whatever `from` is.
 * @returns 0 if none was seen to hold.
 */
export async function highestRate(
  holds: (rate: number) => Promise<boolean>,
  search: { from: number; factor: number; precision: number; most: number; held?: number; failed?: number },
): Promise<number> {
  const { from, factor, precision, most } = search;
  let { held = 0, failed = Number.POSITIVE_INFINITY } = search;
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
