import { isToBePaused, PAUSE_AFTER_MS } from "../collectors/collector-health.ts";
import type { CollectorLookup } from "../collectors/collector-lookup.ts";
import type { StoredCollector } from "../collectors/collector-store.ts";
import type { HealthRecorder } from "../collectors/health-recorder.ts";
import type { Outcome } from "../collectors/outcome.ts";
import type { Logger } from "../log.ts";
import type { Metrics } from "../metrics.ts";
import { createRecentEntries } from "../recent-entries.ts";

/** Notes how a collector does and pauses one that is gone or has failed for days. Never fails. */
export type WatchCollector = (stored: Pick<StoredCollector, "name" | "health">, outcome: Outcome) => Promise<void>;

/** A failure so soon after a success is not written down: a collector that flaps would cost a write with each event. */
const FORGIVEN_MS = 60_000;
const MAX_REMEMBERED = 1_000;
const DAY_MS = 86_400_000;

export function createCollectorWatch(options: {
  health: Pick<HealthRecorder, "failed" | "succeeded" | "pauseFailing" | "pauseGone">;
  lookup: Pick<CollectorLookup, "forget">;
  log: Logger;
  metrics: Metrics;
  /** Milliseconds since the epoch. */
  now: () => number;
}): WatchCollector {
  const { health, lookup, log, metrics, now } = options;
  const succeededAt = createRecentEntries<number>({ maxEntries: MAX_REMEMBERED });
  /** Whose failing was noted here: a success that was under way meanwhile has health from before. */
  const noted = createRecentEntries<true>({ maxEntries: MAX_REMEMBERED });

  function told(collector: string, reason: string): void {
    metrics.count("collectors_paused_total", { collector });
    log.error({ collector, reason }, "collector paused; mend it, then resume it and redrive its dead letters");
  }

  async function watch({ name, health: { failingSince, paused } }: Parameters<WatchCollector>[0], outcome: Outcome) {
    switch (outcome.kind) {
      case "delivered":
        succeededAt.set(name, now());
        if (failingSince === undefined && noted.get(name) === undefined) return;
        await health.succeeded(name);
        noted.delete(name);
        break;
      case "gone":
        if (paused !== undefined) return;
        if (await health.pauseGone(name, outcome.reason)) told(name, outcome.reason);
        break;
      case "retry":
      case "refused":
        if (failingSince === undefined) {
          if (now() - (succeededAt.get(name) ?? 0) < FORGIVEN_MS) return;
          noted.set(name, true);
          await health.failed(name);
        } else if (isToBePaused({ failingSince }, now())) {
          const reason = `failed for ${PAUSE_AFTER_MS / DAY_MS} days without a success; at last: ${outcome.reason}`;
          if (await health.pauseFailing(name, failingSince, reason)) told(name, reason);
        } else return;
        break;
      case "dropped":
        return;
    }
    lookup.forget(name);
  }

  return async (stored, outcome) => {
    try {
      await watch(stored, outcome);
    } catch (error) {
      // What became of the delivery must not depend on this; the next one notes it again.
      log.warn({ collector: stored.name, err: error }, "health of a collector not noted");
    }
  };
}
