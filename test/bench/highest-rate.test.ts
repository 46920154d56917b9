import { expect, test } from "vitest";
import { highestRate } from "../../bench/delivery/highest-rate.ts";

const SEARCH = { from: 300, factor: 1.5, precision: 1.1, most: 20 };

/** Looks for a limit. @returns what was found, and the rates that were asked for. */
async function find(
  limit: number,
  search: Parameters<typeof highestRate>[1] = SEARCH,
): Promise<{ found: number; asked: number[] }> {
  const asked: number[] = [];
  const found = await highestRate(async (rate) => {
    asked.push(rate);
    return rate <= limit;
  }, search);
  return { found, asked };
}

test.for([7, 60, 299, 300, 301, 1_000, 12_345])("the limit %d is found to a tenth, and not exceeded", async (limit) => {
  const { found, asked } = await find(limit);
  expect(found).toBeLessThanOrEqual(limit);
  expect(found * 1.1 + 1).toBeGreaterThan(limit); // whole numbers
  expect(new Set(asked).size).toBe(asked.length);
});

test("it goes up by the factor until a rate does not hold, and looks between the two then", async () => {
  expect((await find(700)).asked.slice(0, 4)).toEqual([300, 450, 675, 1_013]);
  expect((await find(700)).asked[4]).toBe(Math.round(Math.sqrt(675 * 1_013)));
});

test.for([
  [300, 100, 300],
  [120, 100, 300],
  [70, 0, 100],
  [900, 300, Number.POSITIVE_INFINITY],
])(
  "what is known already is not asked again: the limit %d, above %d and below %d",
  async ([limit = 0, held = 0, failed = 0]) => {
    const { found, asked } = await find(Math.min(limit, failed - 1), { ...SEARCH, held, failed });
    expect(found).toBeLessThanOrEqual(limit);
    expect(found * 1.1 + 1).toBeGreaterThan(Math.min(limit, failed - 1));
    expect(asked.length).toBeGreaterThan(0);
    for (const rate of asked) {
      expect(rate).toBeGreaterThan(held);
      expect(rate).toBeLessThan(failed);
    }
  },
);

test("it asks no more often than it may: what held counts, and 0 if nothing did", async () => {
  expect(await find(10_000, { ...SEARCH, most: 2 })).toEqual({ found: 450, asked: [300, 450] });
  expect(await find(10, { ...SEARCH, most: 2 })).toEqual({ found: 0, asked: [300, 200] });
});

test("where not even one is held, it ends", async () => {
  expect((await find(0)).found).toBe(0);
});
