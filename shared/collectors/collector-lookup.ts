import { createRecentEntries } from "../recent-entries.ts";
import type { CollectorStore, StoredCollector } from "./collector-store.ts";

/** Finds the collector of a delivery. */
export interface CollectorLookup {
  /** A collector in use may be up to `ttlMs` old; one that is missing, invalid or paused is as it stands now. */
  find(name: string): Promise<StoredCollector | undefined>;
  /** Makes the next look-up ask again. */
  forget(name: string): void;
}

const MAX_REMEMBERED = 1_000;

/** Remembers collectors in use for a moment: deliveries come in runs. */
export function createCollectorLookup(options: { store: Pick<CollectorStore, "get">; ttlMs: number }): CollectorLookup {
  const { store, ttlMs } = options;
  const known = createRecentEntries<{ stored: StoredCollector; until: number }>({ maxEntries: MAX_REMEMBERED });
  const asked = new Map<string, Promise<StoredCollector | undefined>>();

  function inUse(name: string): StoredCollector | undefined {
    const found = known.get(name);
    return found !== undefined && performance.now() < found.until ? found.stored : undefined;
  }

  function read(name: string): Promise<StoredCollector | undefined> {
    const reading = store.get(name);
    asked.set(name, reading);
    const end = (stored?: StoredCollector): void => {
      if (asked.get(name) !== reading) return; // forgotten meanwhile: this may be from before
      asked.delete(name);
      // What keeps deliveries away must not do so a moment longer than it stands there.
      if (stored?.ok && stored.health.paused === undefined)
        known.set(name, { stored, until: performance.now() + ttlMs });
    };
    reading.then(end, () => end());
    return reading;
  }

  return {
    find: async (name) => inUse(name) ?? asked.get(name) ?? read(name),
    forget(name) {
      known.delete(name);
      asked.delete(name);
    },
  };
}
