import { execFileSync } from "node:child_process";
import { expect, it } from "vitest";
import { splitLine } from "../../../cli/completion/split-line.ts";

it.each([
  ["flashpoint why check", ["flashpoint", "why", "check"], ""],
  ["flashpoint  why ", ["flashpoint", "why", ""], ""],
  ["flashpoint why 'a b", ["flashpoint", "why", "a b"], "'"],
  ['flashpoint why "a \\"b', ["flashpoint", "why", 'a "b'], '"'],
  ['f "a\\b"', ["f", "a\\b"], ""],
  ["f a\\ b c", ["f", "a b", "c"], ""],
  ["f '' x", ["f", "", "x"], ""],
  ["f shop::ca", ["f", "shop::ca"], ""],
  ["f --output=js", ["f", "--output=js"], ""],
])("splits %j", (line, words, quote) => {
  expect(splitLine(line)).toEqual({ words, quote });
});

it.each(["f a 'b c' \"d e\" f\\ g", "f 'it'\\''s' \"a\\$b\" x'y'z", "f --a='b c' ''"])(
  "splits as sh does: %s",
  (line) => {
    const said = execFileSync("sh", ["-c", `for w in ${line}; do printf '%s\\n' "$w"; done`], { encoding: "utf8" });
    expect(splitLine(line).words).toEqual(said.slice(0, -1).split("\n"));
  },
);
