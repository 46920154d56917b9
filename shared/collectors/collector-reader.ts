import { describeFault } from "../errors.ts";
import type { Logger } from "../log.ts";
import { createNews } from "../news.ts";
import type { CollectorStore } from "./collector-store.ts";
import { type Recipient, recipientOf } from "./recipient.ts";

export interface CollectorReader {
  /** Who may get events, at most `ttlMs` old. An invalid collector is among them and logged once for each edit. */
  list(): Promise<readonly Recipient[]>;
}

/** Remembers the list of collectors for a moment: a batch of messages costs one scan. */
export function createCollectorReader(options: {
  store: Pick<CollectorStore, "list">;
  log: Logger;
  ttlMs: number;
  now?: () => number;
}): CollectorReader {
  const { store, log, ttlMs, now = () => performance.now() } = options;
  const news = createNews();
  let known: { list: Promise<readonly Recipient[]>; readAt: number } | undefined;

  async function read(): Promise<readonly Recipient[]> {
    const stored = await store.list();
    for (const collector of stored) {
      if (collector.ok) {
        news.forget(collector.name);
        continue;
      }
      const faults = collector.faults.map(describeFault).join("; ");
      if (!news.isNew(collector.name, faults)) continue;
      log.error({ collector: collector.name, faults }, "collector is invalid; its deliveries fail until it is mended");
    }
    return stored.map(({ name, item }) => recipientOf(name, item));
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
