/** How often a stack was seen. */
export interface CountedStack {
  /** Leaf first. */
  readonly symbols: readonly string[];
  readonly count: number;
}

/** The same stacks, each of them once. */
export function addUp(stacks: Iterable<CountedStack>): CountedStack[] {
  const sums = new Map<string, CountedStack>();
  for (const { symbols, count } of stacks) {
    const key = JSON.stringify(symbols);
    sums.set(key, { symbols, count: count + (sums.get(key)?.count ?? 0) });
  }
  return [...sums.values()];
}

export function samplesIn(stacks: readonly CountedStack[]): number {
  return stacks.reduce((sum, { count }) => sum + count, 0);
}

/** `root;…;leaf count`: a line of the folded stacks that flame graph tools read. */
export function foldedLine({ symbols, count }: CountedStack): string {
  const frames = symbols.toReversed().map((symbol) => symbol.replaceAll(";", ":"));
  return `${frames.join(";")} ${count}`;
}
