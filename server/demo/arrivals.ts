/** What arrives one by one, for somebody who waits for a certain one. */
export interface Arrivals<T> {
  readonly all: readonly T[];
  add(...arrived: readonly T[]): void;
  /** The first one, old or new, that fits. Rejects when `timeoutMs` have passed. */
  waitFor(fits: (arrival: T) => boolean, timeoutMs: number): Promise<T>;
}

/** @param what what arrives, in the singular. */
export function createArrivals<T>(what: string): Arrivals<T> {
  const all: T[] = [];
  const waiting = new Set<() => void>();
  return {
    all,
    add(...arrived) {
      all.push(...arrived);
      for (const check of waiting) check();
    },
    waitFor: (fits, timeoutMs) =>
      new Promise((resolve, reject) => {
        const end = (): void => {
          clearTimeout(timer);
          waiting.delete(check);
        };
        const check = (): void => {
          const found = all.find(fits);
          if (found === undefined) return;
          end();
          resolve(found);
        };
        const timer = setTimeout(() => {
          end();
          reject(new Error(`no such ${what} within ${timeoutMs} ms; ${all.length} others arrived`));
        }, timeoutMs).unref(); // whoever has given up waiting may end
        waiting.add(check);
        check();
      }),
  };
}
