import { InvalidArgumentError } from "commander";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { durationMs } from "../../cli/duration.ts";
import { parseSince } from "../../cli/since.ts";

const NOW = Date.UTC(2026, 1, 3, 4, 5, 6, 789);

describe("--since", () => {
  it.each([
    ["30s", "2026-02-03T04:04:36.789Z"],
    ["15m", "2026-02-03T03:50:06.789Z"],
    ["12h", "2026-02-02T16:05:06.789Z"],
    ["5d", "2026-01-29T04:05:06.789Z"],
    ["0s", "2026-02-03T04:05:06.789Z"],
    ["999999999d", "1970-01-01T00:00:00.000Z"],
    ["2026-01-31", "2026-01-31T00:00:00.000Z"],
    ["2026-01-31T12:00Z", "2026-01-31T12:00:00.000Z"],
    ["2026-01-31T12:00:00.5+01:00", "2026-01-31T11:00:00.500Z"],
  ])("%s means %s", (text, time) => {
    expect(new Date(parseSince(text, NOW)).toISOString()).toBe(time);
  });

  it.each([
    ...["", "5", "d", "5 d", "-5d", "1.5h", "5w", "5D", "yesterday", "1770091506", "2026-02-30", "2026-13-01"],
    ...["2026-01-31T12:00:00", "2026-01-31T25:00Z", "2026-01-31 12:00Z", "31.01.2026"],
  ])("%j is refused with what it takes", (text) => {
    expect(() => parseSince(text, NOW)).toThrow(
      "It takes an age like 30s, 15m, 12h or 5d, or a time like 2026-01-31 or 2026-01-31T12:00:00Z.",
    );
  });

  it("a time to come is refused", () => {
    expect(() => parseSince("2026-02-04", NOW)).toThrow("It lies in the future.");
  });
});

it("whatever is typed, --since means a time that is not in the future, or says what it takes", () => {
  const piece = fc.constantFrom(
    "2026",
    "-",
    "01",
    "31",
    "T",
    "12",
    ":",
    "00",
    "Z",
    "+",
    "1",
    "9".repeat(12),
    "s",
    "m",
    "h",
    "d",
    "w",
    " ",
  );
  const text = fc.oneof(
    fc.array(piece, { maxLength: 14 }).map((pieces) => pieces.join("")),
    fc.string({ unit: "binary" }),
  );
  fc.assert(
    fc.property(text, (typed) => {
      try {
        const at = parseSince(typed, NOW);
        expect(at).toBeGreaterThanOrEqual(Date.parse("0000-01-01"));
        expect(at).toBeLessThanOrEqual(NOW);
      } catch (error) {
        expect(error).toBeInstanceOf(InvalidArgumentError);
      }
      expect(durationMs(typed) ?? 0).toBeGreaterThanOrEqual(0);
    }),
    { numRuns: 3_000 },
  );
});
