/** Longest names that are compared, in characters: nobody means a longer one by a slip. */
const MAX_COMPARED = 64;
/** Most known names that are compared with one. */
const MAX_KNOWN = 5_000;

/**
 * The known name that somebody most likely meant: at most a third of its letters are another, missing, too much or swapped
 * with their neighbour. Case does not count. Undefined where none is near enough.
 */
export function nearest(name: string, known: Iterable<string>): string | undefined {
  if (name.length > MAX_COMPARED) return undefined;
  let best: string | undefined;
  let least = Number.POSITIVE_INFINITY;
  let compared = 0;
  for (const candidate of known) {
    if (++compared > MAX_KNOWN) break;
    const allowed = Math.max(1, Math.floor(candidate.length / 3));
    if (Math.abs(candidate.length - name.length) > allowed) continue;
    const slips = slipsBetween(name.toLowerCase(), candidate.toLowerCase());
    if (slips <= allowed && slips < least) [best, least] = [candidate, slips];
  }
  return best;
}

/** `; did you mean checkers?`, or nothing. */
export function suggestion(name: string, known: Iterable<string>): string {
  const meant = nearest(name, known);
  return meant === undefined ? "" : `; did you mean ${meant}?`;
}

/** Letters to change, add, leave out or swap with the next one to come from one text to the other (optimal string alignment). */
function slipsBetween(from: string, to: string): number {
  let before: number[] = [];
  let last = Array.from({ length: to.length + 1 }, (_, index) => index);
  for (let i = 1; i <= from.length; i++) {
    const row = [i];
    for (let j = 1; j <= to.length; j++) {
      const same = from[i - 1] === to[j - 1];
      let slips = Math.min((last[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1, (last[j - 1] ?? 0) + (same ? 0 : 1));
      if (i > 1 && j > 1 && from[i - 1] === to[j - 2] && from[i - 2] === to[j - 1]) {
        slips = Math.min(slips, (before[j - 2] ?? 0) + 1);
      }
      row.push(slips);
    }
    [before, last] = [last, row];
  }
  return last[to.length] ?? 0;
}
