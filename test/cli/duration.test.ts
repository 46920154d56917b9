import { expect, it } from "vitest";
import { durationMs } from "../../cli/duration.ts";

it.each([
  ["30s", 30_000],
  ["90m", 5_400_000],
  ["24h", 86_400_000],
  ["5d", 432_000_000],
  ["0m", 0],
])("%s is %d ms", (text, ms) => {
  expect(durationMs(text)).toBe(ms);
});

it.each(["", "5", "d", "5 d", "-5d", "1.5h", "5w", "5D", "1234567890s", "5d5d"])("%j is no duration", (text) => {
  expect(durationMs(text)).toBeUndefined();
});
