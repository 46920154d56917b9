import { describe, expect, it } from "vitest";
import { printable, printableLines, steers } from "../../../cli/terminal/printable.ts";

describe("a name from outside", () => {
  it.each([
    ["a control character", "\u001b[31m", "\\u001b[31m"],
    ["one of C1", "\u009b31m", "\\u009b31m"],
    ["what turns the direction of writing", "safe\u202Etxt.exe", "safe\\u202etxt.exe"],
    ["an isolate of a direction", "\u2066a\u2069", "\\u2066a\\u2069"],
    ["a mark of a direction", "\u061Ca\u200Fb", "\\u061ca\\u200fb"],
    ["what nobody sees", "check\u200Bout\uFEFF", "check\\u200bout\\ufeff"],
    ["another end of a line", "a\u2028b\u2029c", "a\\u2028b\\u2029c"],
  ])("shows %s and does not obey it", (_what, name, shown) => {
    expect([printable(name), printableLines(name), steers(name)]).toEqual([shown, shown, true]);
  });

  it.each(["注文", "👩‍🚀", "می‌خواهم", "e\u0301", "…"])("stays as it is if it only says something: %s", (name) => {
    expect([printable(name), steers(name)]).toEqual([name, false]);
  });

  it("keeps the lines of a text of several", () => {
    expect(printableLines("a\n\tb\r")).toBe("a\n\tb\\u000d");
    expect(printable("a\n\tb")).toBe("a\\u000a\\u0009b");
  });
});
