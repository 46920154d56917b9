import { describe, expect, it } from "vitest";
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
