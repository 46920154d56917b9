import { expect, test } from "vitest";
import { accountOf } from "../../bench/delivery/account.ts";
import { growth, isHeld } from "../../bench/delivery/is-held.ts";
import { markOf, readMark } from "../../bench/delivery/load.ts";

const START = 1_700_000_000_000;

/** Reports at this rate, each answered after `answerMs(number)`, and there after `arriveMs(number)`. */
function sent(rate: number, seconds: number, arriveMs: (number: number) => number, answerMs = arriveMs) {
  const numbers = Array.from({ length: rate * seconds }, (_, number) => number);
  const at = (number: number): number => START + (number * 1_000) / rate;
  return {
    load: { startedAt: START, answeredAt: numbers.map((number) => at(number) + answerMs(number)) },
    collector: { numbers, arrivedAt: numbers.map((number) => at(number) + arriveMs(number)) },
  };
}

test("times count from when a report was due, whenever it left", () => {
  const { load, collector } = sent(
    10,
    2,
    () => 30,
    () => 5,
  );
  const account = accountOf(load, collector, 10);
  expect(account).toMatchObject({ sent: 20, answered: 20, arrived: 20, twice: 0 });
  expect(account.arrivals).toEqual(new Array(20).fill(30));
  expect(account.answers).toEqual(new Array(20).fill(5));
});

test("a server that stands still makes all wait that were due meanwhile, though one alone would show it by itself", () => {
  // Everything arrives when the server wakes up, a second after the first was due.
  const { load, collector } = sent(10, 1, (number) => 1_000 - number * 100);
  expect(accountOf(load, collector, 10).arrivals).toEqual([1_000, 900, 800, 700, 600, 500, 400, 300, 200, 100]);
});

test("what came twice, what did not come, and what was not answered is seen", () => {
  const load = { startedAt: START, answeredAt: [START + 1, 0, START + 201, START + 301] };
  const collector = { numbers: [2, 0, 0, 0], arrivedAt: [START + 210, START + 10, START + 20, START + 30] };
  expect(accountOf(load, collector, 10)).toMatchObject({
    sent: 4,
    answered: 3,
    arrived: 2,
    lost: 1, // the last; the second was not accepted
    twice: 1,
    arrivals: [10, 10], // by its first arrival
  });
});

test("the backlog is what was due and has not arrived, four times a second", () => {
  const { load, collector } = sent(10, 1, () => 250);
  expect(accountOf(load, collector, 10).backlog).toEqual([
    [250, 2], // due: 0, 100, 200 ms; arrived: the first
    [500, 3],
    [750, 2],
    [1_000, 2], // none is due any more
  ]);
});

test("a rate is held if all arrives and no more and more reports are on their way", () => {
  const steady = sent(100, 60, () => 400);
  const falling = sent(100, 60, (number) => number * 0.2); // each a little later than the one before
  const accounts = [steady, falling].map(({ load, collector }) => accountOf(load, collector, 100));
  expect(accounts.map((account) => isHeld(account, 100))).toEqual([true, false]);
  expect(growth(accounts[1] as (typeof accounts)[0], 100)).toBeCloseTo(0.02, 2);
  expect(isHeld(accounts[1] as (typeof accounts)[0], 100, { isProbe: true })).toBe(false); // more than a second's are left
});

test("a queue that grew and stands still then is not held, nor is one that lost a report", () => {
  const late = sent(100, 60, () => 3_000);
  expect(isHeld(accountOf(late.load, late.collector, 100), 100)).toBe(false);
  const { load, collector } = sent(100, 60, () => 10);
  const account = accountOf(
    load,
    { numbers: collector.numbers.slice(1), arrivedAt: collector.arrivedAt.slice(1) },
    100,
  );
  expect(isHeld(account, 100)).toBe(false);
  const unanswered = { ...load, answeredAt: load.answeredAt.with(7, 0) };
  expect(isHeld(accountOf(unanswered, collector, 100), 100)).toBe(false);
});

test("a report's mark tells its run and its number", () => {
  expect(readMark(markOf("run-3", 41))).toEqual({ run: "run-3", number: 41 });
  expect([readMark("java"), readMark(undefined), readMark("run#x")]).toEqual([undefined, undefined, undefined]);
});
