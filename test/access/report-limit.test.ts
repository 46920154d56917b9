import { describe, expect, it } from "vitest";
import { createReportLimit } from "../../shared/access/report-limit.ts";
import { LimitExceeded } from "../../shared/errors.ts";
import { newToken, storedToken } from "../support/tokens.ts";

const NOON = Date.UTC(2026, 0, 31, 12);

describe("the limit of reports of 60 a minute", () => {
  function limit() {
    let now = NOON;
    const take = createReportLimit({ perMinute: 60, now: () => now });
    /** How the next report ends, `ms` later: in how many ms there is room again, or undefined. */
    const next = (caller: Parameters<typeof take>[0], ms = 0): number | undefined => {
      now += ms;
      try {
        take(caller);
        return undefined;
      } catch (error) {
        expect(error).toBeInstanceOf(LimitExceeded);
        return (error as LimitExceeded).retryAfterMs;
      }
    };
    const many = (caller: Parameters<typeof take>[0], count: number) =>
      Array.from({ length: count }, () => next(caller)).filter((wait) => wait === undefined).length;
    return { take, next, many };
  }

  it("lets 60 through at once, then one a second, and says when", () => {
    const { next, many } = limit();
    const caller = storedToken(newToken());
    expect(many(caller, 100)).toBe(60);
    expect(next(caller)).toBe(1_000);
    expect(next(caller, 400)).toBe(600);
    expect(next(caller, 600)).toBeUndefined();
    expect(next(caller)).toBe(1_000);
    next(caller, 60_000);
    expect(many(caller, 100)).toBe(59);
  });

  it("is each token's own, and nobody's without tokens", () => {
    const { many } = limit();
    expect(many(storedToken(newToken()), 100)).toBe(60);
    expect(many(storedToken(newToken()), 100)).toBe(60);
    expect(many(undefined, 1_000)).toBe(1_000);
  });

  it("says in words what the limit is and when to try again", () => {
    const { take, many } = limit();
    const caller = storedToken(newToken());
    many(caller, 60);
    expect(() => take(caller)).toThrow(
      "this token has sent 60 reports within a minute, which is all that one may; try again in 1 s",
    );
  });
});
