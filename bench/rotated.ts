/** The list from its item `by` on, those before it at the end: over the rounds, each of them comes first as often. */
export function rotated<Item>(list: readonly Item[], by: number): Item[] {
  const first = list.length === 0 ? 0 : by % list.length;
  return [...list.slice(first), ...list.slice(0, first)];
}
