import { expect, it } from "vitest";
import { shortText } from "../../shared/diagnosis/short-text.ts";

it.each([
  ["answered 503", "answered 503"],
  ["  answered 500:\r\n\t<html>\n  no ", "answered 500: <html> no"],
  ["x".repeat(80), "x".repeat(80)],
  ["x".repeat(81), `${"x".repeat(79)}…`],
  ["🔥".repeat(100), `${"🔥".repeat(79)}…`],
  ["", ""],
])("a reason goes into a line (%#)", (text, line) => {
  expect(shortText(text)).toBe(line);
});
