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
  /** How many works may run at a time: whoever comes meanwhile goes with those that wait too, however long they have. */
  atOnce?: number;
  work: (items: readonly Item[]) => Promise<readonly Result[]>;
}): (item: Item) => Promise<Result> {
  const { most, waitMs, atOnce = Number.POSITIVE_INFINITY, work } = options;
  let waiting: { item: Item; resolve(result: Result): void; reject(reason: unknown): void }[] = [];
  let running = 0;
  /** Whether those that wait only wait for a work to end. */
  let isDue = false;

  function flush(): void {
    isDue = running >= atOnce;
    if (isDue) return;
    const calls = waiting.slice(0, most);
    waiting = waiting.slice(most);
    running++;
    void run(calls).finally(() => {
      running--;
      if (isDue) flush();
    });
    if (waiting.length > 0) flush();
  }

  async function run(calls: typeof waiting): Promise<void> {
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
      const call = { item, resolve, reject };
      waiting.push(call);
      if (waiting.length === 1 && !isDue) {
        const flushOnce = (): void => {
          if (waiting[0] === call) flush();
        };
        if (waitMs === 0) setImmediate(flushOnce);
        else setTimeout(flushOnce, waitMs);
      }
      if (waiting.length >= most && !isDue) flush();
    });
}
