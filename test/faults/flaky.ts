import { setTimeout as delay } from "node:timers/promises";
import type { Arrivals } from "./arrivals.ts";
import { type Chance, whole } from "./chance.ts";
import { type CollectorUnderFire, createCollectorUnderFire } from "./collector-under-fire.ts";

const SPELL_MS = { least: 300, most: 1_500 };
/**
 * An event that was refused so often gets through where it can. Chance alone would let one of 10,000 run out of
 * attempts every now and then.
 */
const MOST_REFUSALS = 3;

export interface Flaky {
  readonly collector: CollectorUnderFire;
  /** Part of the time in which it was down. */
  readonly downPart: number;
  /** From now on it is up and down, about as long the one as the other, until the signal aborts; then it stays up. */
  run(signal: AbortSignal): Promise<void>;
}

/** A collector that goes down again and again: every other time nobody listens, or every request is refused. */
export function createFlaky(options: { port: number; arrivals: Arrivals; chance: Chance }): Flaky {
  const { port, arrivals, chance } = options;
  const refusals = new Map<string, number>();
  const spent = { up: 0, down: 0 };
  let isRefusing = false;
  const collector = createCollectorUnderFire({
    port,
    arrivals,
    reaction(id) {
      const refused = refusals.get(id) ?? 0;
      if (!isRefusing || refused >= MOST_REFUSALS) return "accept";
      refusals.set(id, refused + 1);
      return refused % 2 === 0 ? "500" : "connection reset";
    },
  });

  return {
    collector,
    get downPart() {
      return spent.down / (spent.up + spent.down);
    },
    async run(signal) {
      for (let spell = 0; !signal.aborted; spell++) {
        const isUp = spell % 2 === 0;
        const isClosing = spell % 4 === 1;
        const ms = whole(chance("flaky", spell), SPELL_MS.least, SPELL_MS.most);
        isRefusing = !isUp && !isClosing;
        if (isClosing) await collector.close();
        const from = performance.now();
        await delay(ms, undefined, { signal }).catch(() => {});
        spent[isUp ? "up" : "down"] += performance.now() - from;
        if (isClosing) await collector.open();
        isRefusing = false;
      }
    },
  };
}
