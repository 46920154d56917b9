import { expect, it } from "vitest";
import { billOf } from "../../../bench/cost/bill.ts";
import { PRICED, type Price, type Priced, type Prices, type Usage } from "../../../bench/cost/prices.ts";

/** Everything costs 2 for each, and each first one is free. */
function pricesWith(others: Partial<Record<Priced, Partial<Price>>> = {}): Prices {
  const price = (id: Priced): Price => ({
    what: id,
    price: 2,
    per: 1,
    unit: "units",
    free: 1,
    page: "",
    ...others[id],
  });
  const prices = Object.fromEntries(PRICED.map((id) => [id, price(id)])) as Record<Priced, Price>;
  return { date: "2026-01", region: "us-east-1", currency: "USD", prices };
}
const usageOf = (used: Partial<Record<Priced, number>>) =>
  ({ ...Object.fromEntries(PRICED.map((id) => [id, 0])), ...used }) as Usage;

it("multiplies what was used by its price, by the thousand or million where that is the unit", () => {
  const prices = pricesWith({ lambdaRequests: { price: 0.2, per: 1_000_000 }, s3Puts: { price: 0.005, per: 1_000 } });
  const bill = billOf(usageOf({ lambdaRequests: 262_800_000, s3Puts: 40_000, tableGb: 3 }), prices);
  const amounts = Object.fromEntries(bill.lines.map(({ id, amount }) => [id, amount]));
  expect(amounts.lambdaRequests).toBeCloseTo(52.56);
  expect(amounts.s3Puts).toBeCloseTo(0.2);
  expect(amounts.tableGb).toBe(6);
  expect(bill.total).toBeCloseTo(58.76);
});

it("has a line for everything, in the order of the price file", () => {
  expect(billOf(usageOf({}), pricesWith()).lines.map(({ id }) => id)).toEqual(PRICED);
});

it("takes nothing off for what is free, unless that is asked for, and never more than was used", () => {
  const usage = usageOf({ lambdaRequests: 3, tableGb: 0.5 });
  expect(billOf(usage, pricesWith()).total).toBe(7);
  expect(billOf(usage, pricesWith(), { hasFreeTier: true }).total).toBe(4);
});

it("tells the stack, what watches it and what bytes cost apart", () => {
  const usage = usageOf({
    sqsRequests: 1,
    balancerHours: 1,
    ownMetrics: 1,
    alarmMetrics: 1,
    dashboards: 1,
    zoneGb: 1,
    outGb: 1,
  });
  expect(billOf(usage, pricesWith())).toMatchObject({ stack: 4, monitoring: 6, data: 4, total: 14 });
});
