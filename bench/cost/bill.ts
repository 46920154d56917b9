import { PRICED, type Priced, type Prices, type Usage } from "./prices.ts";

/** One line of a bill for a month. */
export interface BillLine {
  readonly id: Priced;
  readonly what: string;
  /** That is paid for. */
  readonly quantity: number;
  readonly unit: string;
  /** Of `per` units. */
  readonly price: number;
  readonly per: number;
  readonly amount: number;
}

export interface Bill {
  readonly currency: string;
  /** Every line, those of nothing too. */
  readonly lines: readonly BillLine[];
  /** What the stack itself costs. */
  readonly stack: number;
  /** What it costs to watch it. */
  readonly monitoring: number;
  /** What AWS takes for bytes: into the internet, and from one zone to another. */
  readonly data: number;
  readonly total: number;
}

const MONITORING: readonly Priced[] = ["ownMetrics", "alarmMetrics", "dashboards"];
const DATA: readonly Priced[] = ["zoneGb", "outGb"];

/** @param hasFreeTier takes off what an account has for nothing each month; another stack in it may have had that. */
export function billOf(usage: Usage, { currency, prices }: Prices, { hasFreeTier = false } = {}): Bill {
  const lines = PRICED.map((id): BillLine => {
    const { what, price, per, unit, free } = prices[id];
    const quantity = Math.max(0, usage[id] - (hasFreeTier ? free : 0));
    return { id, what, quantity, unit, price, per, amount: (quantity / per) * price };
  });
  const sum = (ids: readonly Priced[]): number =>
    lines.filter(({ id }) => ids.includes(id)).reduce((total, { amount }) => total + amount, 0);
  const [monitoring, data, total] = [sum(MONITORING), sum(DATA), sum(PRICED)];
  return { currency, lines, stack: total - monitoring - data, monitoring, data, total };
}
