import { expect, test } from "vitest";
import { gathered } from "../shared/gathered.ts";

/** Doubles numbers, and remembers which came together. */
function doubling({ most = 10, waitMs = 0 } = {}) {
  const batches: number[][] = [];
  const double = gathered({
    most,
    waitMs,
    async work(numbers: readonly number[]) {
      batches.push([...numbers]);
      if (numbers.includes(13)) throw new Error("unlucky");
      return numbers.map((number) => 2 * number);
    },
  });
  return { double, batches };
}

test("calls of the same moment are worked off together, and each gets its own result", async () => {
  const { double, batches } = doubling();
  expect(await Promise.all([1, 2, 3].map(double))).toEqual([2, 4, 6]);
  expect(batches).toEqual([[1, 2, 3]]);
});

test("there are never more at once than may be, and none is left over", async () => {
  const { double, batches } = doubling({ most: 4 });
  const numbers = Array.from({ length: 11 }, (_, index) => index);
  expect(await Promise.all(numbers.map(double))).toEqual(numbers.map((number) => 2 * number));
  expect(batches.map(({ length }) => length)).toEqual([4, 4, 3]);
});

test("who comes later is worked off later", async () => {
  const { double, batches } = doubling();
  expect(await double(1)).toBe(2);
  expect(await double(2)).toBe(4);
  expect(batches).toEqual([[1], [2]]);
});

test("the first one waits for others as long as it is told to", async () => {
  const { double, batches } = doubling({ waitMs: 20 });
  const first = double(1);
  await new Promise(setImmediate); // another moment, within the time
  expect(await Promise.all([first, double(2)])).toEqual([2, 4]);
  expect(batches).toEqual([[1, 2]]);
});

test("if the work fails, it fails for all that came together, and for nobody else", async () => {
  const { double } = doubling({ most: 2 });
  const [a, b, c] = await Promise.allSettled([double(1), double(13), double(3)]);
  expect([a, b]).toMatchObject([
    { status: "rejected", reason: { message: "unlucky" } },
    { status: "rejected", reason: { message: "unlucky" } },
  ]);
  expect(c).toEqual({ status: "fulfilled", value: 6 });
});

test("while as many works run as may, whoever comes waits for one to end, and goes together with the others", async () => {
  const batches: number[][] = [];
  const ends: (() => void)[] = [];
  const double = gathered({
    most: 4,
    waitMs: 0,
    atOnce: 2,
    async work(numbers: readonly number[]) {
      batches.push([...numbers]);
      await new Promise<void>((resolve) => ends.push(resolve));
      if (numbers.includes(13)) throw new Error("unlucky");
      return numbers.map((number) => 2 * number);
    },
  });
  const turn = () => new Promise(setImmediate);
  const results: Promise<number | string>[] = [];
  for (const number of [1, 13, 3, 4, 5, 6, 7]) {
    results.push(double(number).catch(({ message }) => message));
    await turn();
  }
  expect(batches).toEqual([[1], [13]]);
  ends[1]?.(); // one that fails makes room too
  await turn();
  expect(batches).toEqual([[1], [13], [3, 4, 5, 6]]);
  ends[0]?.();
  await turn();
  expect(batches).toEqual([[1], [13], [3, 4, 5, 6], [7]]);
  for (const end of ends) end();
  expect(await Promise.all(results)).toEqual([2, "unlucky", 6, 8, 10, 12, 14]);
  const late = double(8);
  await turn();
  ends.at(-1)?.();
  expect(await late).toBe(16);
});

test("however works end, each makes room for one other: never more run than may, and nobody is left waiting", async () => {
  let running = 0;
  let mostRunning = 0;
  const double = gathered({
    most: 2,
    waitMs: 0,
    atOnce: 3,
    async work(numbers: readonly number[]) {
      mostRunning = Math.max(mostRunning, ++running);
      await new Promise(setImmediate);
      running--;
      if (numbers.some((number) => number % 3 === 0)) throw new Error("unlucky");
      return numbers.map((number) => 2 * number);
    },
  });
  const calls: Promise<number | string>[] = [];
  for (let number = 0; number < 200; number++) {
    calls.push(double(number).catch(({ message }) => message));
    if (number % 7 === 0) await new Promise(setImmediate);
  }
  const ended = await Promise.all(calls);
  expect(ended.filter((result, number) => result !== 2 * number && result !== "unlucky")).toEqual([]);
  expect(new Set(ended.filter((_, number) => number % 3 === 0))).toEqual(new Set(["unlucky"]));
  expect(mostRunning).toBe(3);
});
