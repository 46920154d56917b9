import { expect, it } from "vitest";
import { PRICED, pricesText, readPrices } from "../../../bench/cost/prices.ts";

const { date, region, currency, prices } = readPrices();

it("says of when, where and in what the prices are", () => {
  expect(date).toMatch(/^20\d\d-(0[1-9]|1[0-2])$/);
  expect({ region, currency }).toEqual({ region: "us-east-1", currency: "USD" });
});

it("says that prices are as old as they are", () => {
  expect(pricesText({ date: "2026-01", region: "us-east-1" })).toBe("of us-east-1, looked up in January 2026");
});

it("has all that a bill can have, and nothing else, each once under a name of its own", () => {
  expect(Object.keys(prices)).toEqual(PRICED);
  const names = Object.values(prices).map(({ what }) => what);
  expect(new Set(names).size).toBe(names.length);
});

it.each(Object.entries(prices))("%s has a price, a unit, and a page of AWS's", (_, each) => {
  expect(Object.keys(each)).toEqual(["what", "price", "per", "unit", "free", "page"]);
  expect(each.price).toBeGreaterThan(0);
  expect([1, 1_000, 1_000_000]).toContain(each.per);
  expect(each.free).toBeGreaterThanOrEqual(0);
  expect(each.unit).toMatch(/^\S.*s$|^GB$/);
  expect(each.page).toMatch(/^https:\/\/aws\.amazon\.com\/[a-z0-9-]+\/pricing\/([a-z-]+\/)?$/);
});

it.each([
  ["lambdaRequests", 0.2, 1_000_000],
  ["lambdaGbSeconds", 0.000_013_333_4, 1],
  ["readUnits", 0.125, 1_000_000],
  ["writeUnits", 0.625, 1_000_000],
  ["sqsRequests", 0.4, 1_000_000],
  ["balancerUnitHours", 0.006, 1],
  ["outGb", 0.09, 1],
] as const)("%s costs %d for %d, as AWS lists it", (id, price, per) => {
  expect(prices[id]).toMatchObject({ price, per });
});
