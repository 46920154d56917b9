import { type Bill, billOf } from "./bill.ts";
import type { Door } from "./door.ts";
import { type FleetSettings, fleetOf } from "./fleet.ts";
import type { MeasuredTimes } from "./measured-times.ts";
import { type Month, monthOf } from "./month.ts";
import type { Prices } from "./prices.ts";
import type { StackFacts } from "./stack-facts.ts";

/** What a fleet costs, by either of the two doors. */
export interface Reckoning {
  /** @param door the function URL, or the edge in place of it. */
  cost(settings: FleetSettings, door: Door): { bill: Bill; month: Month };
}

export function createReckoning(options: {
  stacks: Readonly<Record<Door, StackFacts>>;
  times: MeasuredTimes;
  prices: Prices;
  hasFreeTier?: boolean;
}): Reckoning {
  const { stacks, times, prices, hasFreeTier = false } = options;
  return {
    cost(settings, door) {
      const month = monthOf(fleetOf(settings), stacks[door], times);
      return { bill: billOf(month.usage, prices, { hasFreeTier }), month };
    },
  };
}

/** More than anybody has. */
const MOST_AGENTS = 1_000_000;

/**
 * The least number of agents from which on the edge costs no more in all than the function URL, with all else as it is.
 * @returns undefined if there is none.
 */
export function breakEven({ cost }: Reckoning, settings: FleetSettings): number | undefined {
  const isEdgeCheaper = (agents: number): boolean =>
    cost({ ...settings, agents }, "edge").bill.total <= cost({ ...settings, agents }, "function").bill.total;
  let [dearer, cheaper] = [-1, 1];
  while (!isEdgeCheaper(cheaper)) {
    if (cheaper >= MOST_AGENTS) return undefined;
    [dearer, cheaper] = [cheaper, cheaper * 2];
  }
  while (cheaper - dearer > 1) {
    const middle = Math.floor((dearer + cheaper) / 2);
    if (isEdgeCheaper(middle)) cheaper = middle;
    else dearer = middle;
  }
  return cheaper;
}
