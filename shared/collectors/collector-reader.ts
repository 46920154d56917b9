import { describeFault } from "../errors.ts";
import type { Logger } from "../log.ts";
import type { Collector } from "./collector.ts";
import type { CollectorStore } from "./collector-store.ts";

export interface CollectorReader {
  /** All collectors that can be used, at most `ttlMs` old. An invalid one is logged and passed over. */
  list(): Promise<readonly Collector[]>;
}

/** Remembers the list of collectors for a moment: a batch of tasks costs one scan. */
export function createCollectorReader(options: {
  store: Pick<CollectorStore, "list">;
  log: Logger;
  ttlMs: number;
  now?: () => number;
}): CollectorReader {
  const { store, log, ttlMs, now = () => performance.now() } = options;
  let known: { list: Promise<readonly Collector[]>; readAt: number } | undefined;

  async function read(): Promise<readonly Collector[]> {
    const collectors: Collector[] = [];
    for (const stored of await store.list()) {
      if (stored.ok) collectors.push(stored.collector);
      else
        log.error(
          { collector: stored.name, faults: stored.faults.map(describeFault) },
          "collector is invalid and gets nothing",
        );
    }
    return collectors;
  }

  return {
    list() {
      if (known !== undefined && now() - known.readAt < ttlMs) return known.list;
      const list = read();
      known = { list, readAt: now() };
      list.catch(() => {
        known = undefined; // a failure is not remembered
      });
      return list;
    },
  };
}
