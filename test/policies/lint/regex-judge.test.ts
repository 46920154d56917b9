import fc from "fast-check";
import { RE2JS } from "re2js";
import { describe, expect, test } from "vitest";
import { createRegexJudge } from "../../../shared/policies/lint/regex-judge.ts";

const matchesOf = (regex: string) => createRegexJudge().judge(regex).matches;

describe("a regular expression", () => {
  test.each([
    ".*",
    "^/",
    ".",
    "",
    "^",
    "$",
    "/",
    "a*",
    "^/.*$",
    "^(/.*|[^/].*)$",
    "\\B",
    "^/[^?]*$",
    "^/[!-~]*$",
    ".{1}",
    "(?s)^.+$",
  ])("%s is found in every path", (regex) => expect(matchesOf(regex)).toBe("all"));

  test.each(["^[^/]", "^api", "\\?", "^/\\?x", "#", "^/ $", "x$y", "a^/", "(?m)^a", "^\\d", "^$", "\\n", "^//^"])(
    "%s is found in none",
    (regex) => expect(matchesOf(regex)).toBe("none"),
  );

  test.each([
    "^/api/.*$",
    "^/[a-z]+$",
    "^/$",
    "/$",
    "\\b",
    "(?i)K",
    "^/([^a].*|a[^d].*)?$",
    ".{2}",
    "\\pL",
    "^/.*[^.]$",
    "^/ü",
  ])("%s is found in some", (regex) => expect(matchesOf(regex)).toBe("some"));

  // What Go 1.26 says of them (regexp.Compile).
  test.each([
    "(",
    "[a",
    "a)",
    "\\",
    "(?=a)",
    "(?!a)",
    "(?<=a)b",
    "\\1",
    "a**",
    "a{1001}",
    "(?>a)",
    "\\Z",
    "\\pX",
    "[z-a]",
    "(?x)a",
    "*a",
  ])("%s is rejected, as by Go", (regex) => expect(matchesOf(regex)).toBe("rejected"));
  test.each([
    "(?P<n>a)",
    "(?<n>a)",
    "(?P<n>a)(?P<n>b)",
    "a{1000}",
    "(?i:a)",
    "\\pN",
    "[[:alpha:]]",
    "\\x{10FFFF}",
    "\\Qa.b\\E",
    "a{,5}",
    "a{2",
  ])("%s is taken, as by Go", (regex) => expect(matchesOf(regex)).not.toBe("rejected"));

  test("that is huge is told in bounded time, or taken to match some", () => {
    const words = Array.from({ length: 5_000 }, (_, index) => `w${index * 7_919}x`).join("|");
    expect(matchesOf(`^/(${words})$`)).toBe("some");
    expect(["rejected", "some"]).toContain(matchesOf("(((a?){30}){30}b){1,30}".repeat(3)));
  });
});

test("what is said of all paths holds for any of them", () => {
  const part = fc.constantFrom(
    "^",
    "$",
    "/",
    "a",
    "b",
    ".",
    ".*",
    "[^/]",
    "[a-z]*",
    "(a|b)",
    "\\b",
    "\\B",
    "(?i)A",
    "|",
    "a?",
    "/+",
    "^/",
    "\\w",
    "\\W",
    "\\S*",
  );
  const regex = fc.array(part, { minLength: 1, maxLength: 6 }).map((parts) => parts.join(""));
  const path = fc
    .array(fc.constantFrom("a", "b", "A", "/", ".", "-", "_", "7", "~"), { maxLength: 6 })
    .map((rest) => `/${rest.join("")}`);
  const seen = { all: 0, none: 0, some: 0, rejected: 0 };
  fc.assert(
    fc.property(regex, fc.array(path, { minLength: 20, maxLength: 20 }), (text, paths) => {
      const matches = matchesOf(text);
      seen[matches]++;
      if (matches === "rejected") expect(() => RE2JS.compile(text)).toThrow();
      if (matches !== "all" && matches !== "none") return;
      const found = paths.map((path) => RE2JS.compile(text).matcher(path).find());
      expect(found).toEqual(paths.map(() => matches === "all"));
    }),
    { numRuns: 1_500 },
  );
  expect(seen.all).toBeGreaterThan(50);
  expect(seen.none).toBeGreaterThan(20);
  expect(seen.some).toBeGreaterThan(50);
});
