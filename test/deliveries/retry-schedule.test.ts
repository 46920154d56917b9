import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  JITTER,
  longestScheduleSeconds,
  MAX_DELAY_SECONDS,
  retryDelaySeconds,
} from "../../shared/deliveries/retry-schedule.ts";

/** As configuration admits them. */
const anySchedule = fc.array(fc.integer({ min: 1, max: 43_200 }), { minLength: 1, maxLength: 15 });
const anyRandom = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
/** As collectors send them, up to what no clock holds. */
const anyRetryAfter = fc.option(
  fc.oneof(fc.integer({ min: 0, max: 100_000 }), fc.double({ min: 0, noNaN: true }), fc.constant(Infinity)),
  { nil: undefined },
);
/** A schedule and an attempt after which there is another one. */
const anyRetry = anySchedule.chain((schedule) =>
  fc.record({ schedule: fc.constant(schedule), attempt: fc.integer({ min: 1, max: schedule.length }) }),
);

describe("the wait after a failed attempt", () => {
  test("is whole seconds that SQS takes, whatever the collector asks for", () => {
    fc.assert(
      fc.property(anyRetry, anyRandom, anyRetryAfter, ({ schedule, attempt }, random, retryAfterSeconds) => {
        const delay = retryDelaySeconds(schedule, attempt, { random, retryAfterSeconds });
        expect(Number.isInteger(delay)).toBe(true);
        expect(delay).toBeGreaterThanOrEqual(1);
        expect(delay).toBeLessThanOrEqual(MAX_DELAY_SECONDS);
      }),
    );
  });

  test("is that of the schedule, up to a fifth longer or shorter", () => {
    fc.assert(
      fc.property(anyRetry, anyRandom, ({ schedule, attempt }, random) => {
        const delay = retryDelaySeconds(schedule, attempt, { random });
        const wait = schedule[attempt - 1] ?? Number.NaN;
        expect(delay).toBeGreaterThanOrEqual(Math.min(Math.round(wait * (1 - JITTER)), MAX_DELAY_SECONDS));
        expect(delay).toBeLessThanOrEqual(Math.max(1, Math.round(wait * (1 + JITTER))));
      }),
    );
  });

  test.each([
    [0, 80],
    [0.25, 90],
    [0.5, 100],
    [0.999_999, 120],
  ])("spreads evenly: where chance says %d, 100 s are %i s", (random, delay) => {
    expect(retryDelaySeconds([100], 1, { random })).toBe(delay);
  });

  test("is no shorter than the collector asks for, and no shorter for being asked", () => {
    fc.assert(
      fc.property(
        anyRetry,
        anyRandom,
        fc.nat(100_000),
        fc.nat(100_000),
        ({ schedule, attempt }, random, asked, more) => {
          const delayIf = (retryAfterSeconds?: number) =>
            retryDelaySeconds(schedule, attempt, { random, retryAfterSeconds }) ?? Number.NaN;
          expect(delayIf(asked)).toBeGreaterThanOrEqual(Math.min(asked, MAX_DELAY_SECONDS));
          expect(delayIf(asked)).toBeGreaterThanOrEqual(delayIf());
          expect(delayIf(asked + more)).toBeGreaterThanOrEqual(delayIf(asked));
        },
      ),
    );
  });

  test.each([
    ["counts attempts from 1", 1, 10],
    ["goes on with the next number", 2, 20],
    ["goes on to the last", 3, 30],
  ])("%s", (_, attempt, delay) => {
    expect(retryDelaySeconds([10, 20, 30], attempt, { random: 0.5 })).toBe(delay);
  });
});

test("after the last attempt there is no other, however long the collector asks to wait", () => {
  fc.assert(
    fc.property(
      anySchedule,
      fc.integer({ min: 1, max: 100 }),
      anyRandom,
      anyRetryAfter,
      (schedule, over, random, asked) => {
        const attempt = schedule.length + over;
        expect(retryDelaySeconds(schedule, attempt, { random, retryAfterSeconds: asked })).toBeUndefined();
      },
    ),
  );
});

test("the longest schedule is as long as its waits can become", () => {
  fc.assert(
    fc.property(anySchedule, anyRandom, (schedule, random) => {
      const waits = schedule.map((_, index) => retryDelaySeconds(schedule, index + 1, { random }) ?? Number.NaN);
      const sum = waits.reduce((total, wait) => total + wait, 0);
      // Each wait is rounded.
      expect(sum).toBeLessThanOrEqual(longestScheduleSeconds(schedule) + schedule.length / 2);
    }),
  );
  expect(longestScheduleSeconds([10, 43_200])).toBe(12 + MAX_DELAY_SECONDS);
});
