/** Most letters that may be mistyped. */
const MAX_EDITS = 2;
/** Shorter names tell nothing by being like another, or by standing in it. */
const LEAST_LETTERS = { edited: 4, held: 3 };

/** The name that somebody may have meant who said another one; undefined if none is like it. */
export function similarName(said: string, names: Iterable<string>): string | undefined {
  const similar = [...names].flatMap((name) => {
    const difference = name === said ? undefined : differenceOf(name.trim().toLowerCase(), said.trim().toLowerCase());
    return difference === undefined ? [] : [{ name, difference }];
  });
  return similar.sort((a, b) => a.difference - b.difference)[0]?.name;
}

/** Edits first, names that hold the other one after those. */
function differenceOf(a: string, b: string): number | undefined {
  const shorter = Math.min(a.length, b.length);
  if (shorter >= LEAST_LETTERS.edited && Math.abs(a.length - b.length) <= MAX_EDITS) {
    const edits = editDistance(a, b);
    if (edits <= MAX_EDITS) return edits;
  }
  const isHeld = shorter >= LEAST_LETTERS.held && (a.includes(b) || b.includes(a));
  return isHeld ? MAX_EDITS + 1 : undefined;
}

/** Levenshtein's: how many letters must be put in, left out or changed. */
function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (const [index, letter] of a.split("").entries()) {
    const next = [index + 1];
    for (let column = 1; column <= b.length; column++) {
      const changed = (row[column - 1] ?? 0) + (letter === b[column - 1] ? 0 : 1);
      next.push(Math.min(changed, (row[column] ?? 0) + 1, (next[column - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[b.length] ?? 0;
}
