import { expect, it } from "vitest";
import { untilText } from "../../shared/diagnosis/until-text.ts";

const NOW = Date.UTC(2026, 1, 3);

it.each([
  [-1, "due now"],
  [0, "due now"],
  [0.001, "in 1 s"],
  [4.2, "in 5 s"],
  [119, "in 119 s"],
  [120, "in 2 min"],
  [1_790, "in 30 min"],
  [7_140, "in 119 min"],
  [7_200, "in 2 h"],
  [14_280, "in 3 h 58 min"],
  [43_199, "in 12 h"],
])("what comes in %d seconds comes %s", (seconds, text) => {
  expect(untilText(NOW + seconds * 1_000, NOW)).toBe(text);
});
