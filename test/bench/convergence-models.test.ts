import { describe, expect, it, test } from "vitest";
import { pollPhases, pollsInOrder } from "../../bench/simulation/agents-polls.ts";
import { cachePhases, incumbentArrivals } from "../../bench/simulation/incumbent.ts";
import { shareOverTime } from "../../bench/simulation/share-over-time.ts";

const PHASES = [1_000, 4_000, 7_000];

test("every agent polls once in ten seconds, each at its own moment, in order of time", () => {
  expect([...pollsInOrder(PHASES, { fromMs: 4_000, toMs: 21_000 })]).toEqual([
    { atMs: 4_000, agent: 1 },
    { atMs: 7_000, agent: 2 },
    { atMs: 11_000, agent: 0 },
    { atMs: 14_000, agent: 1 },
    { atMs: 17_000, agent: 2 },
  ]);
});

test("the same seed gives the same phases, spread over the ten seconds", () => {
  const phases = pollPhases(1_000, "a");
  expect(pollPhases(1_000, "a")).toEqual(phases);
  expect(pollPhases(1_000, "b")).not.toEqual(phases);
  expect(phases).toEqual(phases.toSorted((a, b) => a - b));
  for (const second of [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]) {
    const polls = phases.filter((phase) => Math.floor(phase / 1_000) === second).length;
    expect(polls).toBeGreaterThan(60);
    expect(polls).toBeLessThan(140);
  }
});

describe("a minute's cache that is compared with what agents hold", () => {
  const arrivals = (readAtMs: number, untilMs = 150_000) =>
    incumbentArrivals({ rule: "compared", phases: PHASES, readAtMs, untilMs });

  it("hides the edit until what was read before it is a minute old; then each agent has it with its next poll", () => {
    // Read at -35 s, so kept until 25 s: the next poll is that at 27 s.
    expect(arrivals(-35_000)).toEqual([31_000, 34_000, 27_000]);
  });

  it("is filled by the first poll that finds it older than a minute, not by one that finds it a minute old", () => {
    expect(arrivals(-36_000)).toEqual([31_000, 34_000, 27_000]); // kept until 24 s, a poll's own moment
    expect(arrivals(-36_001)).toEqual([31_000, 24_000, 27_000]);
  });

  it("leaves those out who have not polled by the end", () => {
    expect(arrivals(-35_000, 32_000)).toEqual([31_000, Number.POSITIVE_INFINITY, 27_000]);
  });
});

test("with silence while the cache answers, only the agent whose poll fills it hears of the edit: one a minute", () => {
  const arrivals = (untilMs: number) =>
    incumbentArrivals({ rule: "silent", phases: PHASES, readAtMs: -35_000, untilMs });
  // Filled at 27 s by the third; kept until its poll at 87 s, so filled next by the first at 91 s.
  expect(arrivals(80_000)).toEqual([Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY, 27_000]);
  expect(arrivals(150_000)).toEqual([91_000, Number.POSITIVE_INFINITY, 27_000]);
  expect(arrivals(300_000)).toEqual([91_000, 154_000, 27_000]);
});

test("the cache stands anywhere in its minute at the edit", () => {
  expect(cachePhases(4)).toEqual([-7_500, -22_500, -37_500, -52_500]);
});

test("the share over time counts who has arrived by each second, and nobody who never does", () => {
  expect(shareOverTime([1_000, 1_001, 2_500, Number.POSITIVE_INFINITY], 3)).toEqual([
    [0, 0],
    [1, 25],
    [2, 50],
    [3, 75],
  ]);
});
