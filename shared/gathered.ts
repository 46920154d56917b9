/**
 * Gathers calls that come within a moment and does their work at once: engines take many things in one request for not
 * much more than the price of one.
 * @param work gives a result for each item, in their order; what it throws, every call gets.
 */
export function gathered<Item, Result>(options: {
  /** Most items at once. */
  most: number;
  /** How long the first one waits for others; 0 is until what runs now is done. */
  waitMs: number;
  work: (items: readonly Item[]) => Promise<readonly Result[]>;
}): (item: Item) => Promise<Result> {
  const { most, waitMs, work } = options;
  let waiting: { item: Item; resolve(result: Result): void; reject(reason: unknown): void }[] = [];

  async function flush(): Promise<void> {
    const calls = waiting;
    waiting = [];
    try {
      const results = await work(calls.map(({ item }) => item));
      calls.forEach(({ resolve }, index) => {
        resolve(results[index] as Result);
      });
    } catch (error) {
      for (const { reject } of calls) reject(error);
    }
  }

  return (item) =>
    new Promise((resolve, reject) => {
      waiting.push({ item, resolve, reject });
      if (waiting.length === 1) {
        const calls = waiting;
        const flushOnce = (): void => {
          if (waiting === calls) void flush();
        };
        if (waitMs === 0) setImmediate(flushOnce);
        else setTimeout(flushOnce, waitMs);
      }
      if (waiting.length >= most) void flush();
    });
}
