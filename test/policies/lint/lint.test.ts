import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { RULES } from "../../../shared/policies/lint/lint.ts";
import { parsePolicySet, type SourceFile } from "../../../shared/policies/set/policy-set.ts";

/** Warnings as `line:column rule`. */
function warningsOf(...texts: string[]): string[] {
  const files: SourceFile[] = texts.map((text, index) => ({ name: `service-${index}.yaml`, text }));
  return parsePolicySet(files).warnings.map(({ rule, place }) => `${place.line}:${place.column} ${rule}`);
}

/** The warnings of a policy with one check that is sound but for this, as `field rule`; and what they say. */
function warnings(type: string, changes: Record<string, unknown>) {
  const check = { type, threshold: 50, period: 10, count: 3, ...changes };
  const text = JSON.stringify({ policy: [{ type: "NETWORK", checkers: [check] }] });
  const { warnings } = parsePolicySet([{ name: "checkout.json", text }]);
  return warnings.map(
    ({ rule, path, problem }) => [`${path.replace("policy[0].checkers[0].", "")} ${rule}`, problem] as const,
  );
}

const rulesOf = (type: string, changes: Record<string, unknown>) => warnings(type, changes).map(([found]) => found);

const TYPES = ["PROCESS_CPU", "PROCESS_THREAD_COUNT", "SYSTEM_LOAD", "HTTP_ERROR_RATE", "HTTP_AVG_RESPONSE_TIME"];

test.each(TYPES)("a check of %s as people write it gives no warning", (type) => {
  expect(rulesOf(type, {})).toEqual([]);
});

test.each(TYPES)("one sample is enough for %s: a warning at its count, but for load, which is a mean", (type) => {
  const expected = type === "SYSTEM_LOAD" ? [] : ["count single-sample"];
  expect(rulesOf(type, { period: 1, count: 1 })).toEqual(expected);
  expect(rulesOf(type, { count: 1 })).toEqual(expected);
  expect(rulesOf(type, { count: 2 })).toEqual([]);
});

describe("a threshold", () => {
  test.each([
    ["PROCESS_CPU", 1, 2],
    ["PROCESS_THREAD_COUNT", 1, 2],
    ["SYSTEM_LOAD", 0.1, 0.2],
    ["HTTP_AVG_RESPONSE_TIME", 1, 1.5],
  ])("of %s that is crossed at rest gives a warning up to %d, and none at %d", (type, low, enough) => {
    expect(rulesOf(type, { threshold: low })).toEqual(["threshold fires-always"]);
    expect(rulesOf(type, { threshold: enough })).toEqual([]);
  });

  test("of HTTP_ERROR_RATE is never crossed at rest: without errors the rate is 0", () => {
    for (const threshold of [0.1, 0.01, 0.000_001]) expect(rulesOf("HTTP_ERROR_RATE", { threshold })).toEqual([]);
  });

  test.each([
    ["PROCESS_CPU", 1, "for most processes that do anything"],
    ["PROCESS_THREAD_COUNT", 1, "for every process"],
    ["SYSTEM_LOAD", 0.1, "on most machines that do anything"],
    ["HTTP_AVG_RESPONSE_TIME", 1, "for most that answer requests"],
  ])("of %s says for whom %d is crossed, and no more than is so", (type, threshold, whom) => {
    const [[, problem] = []] = warnings(type, { threshold });
    expect(problem).toBe(`is ${threshold}, so it fires ${whom}, though nothing is wrong; raise it`);
  });

  test.each([
    ["PROCESS_THREAD_COUNT", 4_194_304, 4_194_305],
    ["SYSTEM_LOAD", 4_194_304, 4_194_305],
  ])("of %s that Linux can come to is sound up to %d, and never fires from %d on", (type, most, over) => {
    expect(rulesOf(type, { threshold: most })).toEqual([]);
    expect(rulesOf(type, { threshold: over })).toEqual(["threshold never-fires"]);
  });
});

describe("an HTTP check", () => {
  const rulesUnder = (target: string, type: string): unknown[] => {
    const check = { type, threshold: 50, period: 10, count: 3 };
    const text = JSON.stringify({ policy: [{ type: target, checkers: [check] }] });
    return parsePolicySet([{ name: "checkout.json", text }]).warnings.map(({ rule, path }) => [rule, path]);
  };

  test.each(["HTTP_ERROR_RATE", "HTTP_AVG_RESPONSE_TIME"])(
    "(%s) records threads under OFF_CPU, not requests",
    (type) => {
      expect(rulesUnder("OFF_CPU", type)).toEqual([["http-on-off-cpu", "policy[0].checkers[0]"]]);
      expect(rulesUnder("ON_CPU", type)).toEqual([]);
      expect(rulesUnder("NETWORK", type)).toEqual([]);
    },
  );

  test.each(["PROCESS_CPU", "PROCESS_THREAD_COUNT", "SYSTEM_LOAD"])("is none for %s", (type) => {
    expect(rulesUnder("OFF_CPU", type)).toEqual([]);
  });
});

describe("URIs", () => {
  test("as a list and a regular expression both", () => {
    expect(rulesOf("HTTP_ERROR_RATE", { uriList: ["/a"], uriRegex: "^/b" })).toEqual(["uriRegex list-and-regex"]);
    expect(rulesOf("HTTP_ERROR_RATE", { uriList: [], uriRegex: "^/b" })).toEqual([]);
    expect(rulesOf("HTTP_ERROR_RATE", { uriList: ["/a"], uriRegex: "" })).toEqual([]);
  });

  test.each(["PROCESS_CPU", "PROCESS_THREAD_COUNT", "SYSTEM_LOAD"])("for %s, which knows of none", (type) => {
    expect(rulesOf(type, { uriList: ["x", "x"] })).toEqual(["uriList uri-without-http"]);
    expect(rulesOf(type, { uriRegex: "(" })).toEqual(["uriRegex uri-without-http"]);
    expect(rulesOf(type, { uriList: [], uriRegex: "" })).toEqual([]);
  });

  test.each([
    ["cart", "path-never-requested", "does not begin with /"],
    ["http://shop/cart", "path-never-requested", "does not begin with /"],
    ["/cart?id=1", "path-never-requested", "holds ?"],
    ["/cart#top", "path-never-requested", "holds #"],
    ["/my cart", "path-never-requested", "holds a space"],
    ["/cart/*", "path-with-star", "say it in uriRegex"],
  ])("that no request has: %s", (path, rule, why) => {
    const found = warnings("HTTP_AVG_RESPONSE_TIME", { uriList: ["/a", path] });
    expect(found.map(([what]) => what)).toEqual([`uriList[1] ${rule}`]);
    expect(found[0]?.[1]).toContain(why);
    expect(found[0]?.[1]).toContain(JSON.stringify(path));
  });

  test("twice in one list, at the second", () => {
    expect(rulesOf("HTTP_ERROR_RATE", { uriList: ["/b", "/a", "/b", "/a/"] })).toEqual(["uriList[2] duplicate-path"]);
  });
});

test.each([
  ["(", "regex-not-re2", "missing closing )"],
  ["^/(?=api)", "regex-not-re2", "(?="],
  ["^/.*$", "regex-matches-all", "matches every path"],
  ["^api/", "regex-matches-none", "matches no path"],
])("the regular expression %s gives a warning", (uriRegex, rule, why) => {
  const found = warnings("HTTP_ERROR_RATE", { uriRegex });
  expect(found.map(([what]) => what)).toEqual([`uriRegex ${rule}`]);
  expect(found[0]?.[1]).toContain(why);
});

describe("of a set", () => {
  const cpu = (more = "") =>
    `[{ type: ON_CPU, checkers: [{ type: PROCESS_CPU, threshold: 80, period: 10, count: 3${more} }] }]`;
  const blip = `[{ type: ON_CPU, checkers: [{ type: PROCESS_CPU, threshold: 80, period: 10, count: 1 }] }]`;

  test("a template that nothing extends gives a warning at its name; one that a template extends is used", () => {
    const text = `templates:\n  a: { policy: ${cpu()} }\n  b: { extends: a }\n  c: { policy: ${cpu()} }\n`;
    expect(warningsOf(text, "extends: a")).toEqual(["3:3 unused-template", "4:3 unused-template"]);
  });

  test("but none where a fault may be the reason", () => {
    expect(warningsOf(`templates:\n  a: { policy: ${cpu()} }\n`, "extends: b")).toEqual([]);
  });

  test("a name with spaces around it gives a warning", () => {
    expect(warningsOf(`services:\n  "checkout ": { policy: ${cpu()} }\n`)).toEqual(["2:3 spaces-in-name"]);
    expect(warningsOf(`services:\n  "check out": { policy: ${cpu()} }\n`)).toEqual([]);
  });

  test("what a template says gives one warning there, however many services have it", () => {
    const services = Array.from({ length: 30 }, (_, index) => `  s${index}: { extends: a }\n`).join("");
    const text = `templates:\n  a: { policy: ${blip} }\nservices:\n${services}  t: { extends: a, policy: [{ type: ON_CPU, checkers: [{ type: PROCESS_CPU, threshold: 70 }] }] }\n`;
    expect(warningsOf(text)).toEqual(["2:99 single-sample"]);
  });

  test("a check with faults gives no warnings, and others do beside it", () => {
    const faulty = `policy: ${blip.replace("80", "0")}\n`;
    expect(warningsOf(faulty, `policy: ${blip}\n`)).toEqual(["1:92 single-sample"]);
  });
});

describe("a comment", () => {
  const check = (count: string) => `policy:
  - type: ON_CPU
    checkers:
      - type: PROCESS_CPU
        threshold: 1
        period: 10
${count}
`;

  test.each([
    ["in the line", "        count: 1 # flashpoint: allow single-sample"],
    ["above it", "        # flashpoint: allow single-sample\n        count: 1"],
    [
      "above it, among others",
      "        # flashpoint: allow single-sample\n        # since it is spiky\n        count: 1",
    ],
    [
      "that names several rules",
      "        count: 1 # meant: flashpoint: allow never-fires, single-sample # flashpoint: allow never-fires, single-sample",
    ],
  ])("%s silences that rule there", (_what, count) => {
    expect(warningsOf(check(count))).toEqual(["5:20 fires-always"]);
  });

  test.each([
    ["of another rule", "        count: 1 # flashpoint: allow never-fires"],
    ["one line further up", "        # flashpoint: allow single-sample\n\n        count: 1"],
    ["below", "        count: 1\n        # flashpoint: allow single-sample"],
  ])("%s does not", (_what, count) => {
    expect(warningsOf(check(count))).toContainEqual(expect.stringContaining("single-sample"));
  });

  test("that names no rule gives a warning of its own, with the one that is meant", () => {
    const { warnings } = parsePolicySet([
      { name: "a.yaml", text: check("        count: 3 # flashpoint: allow single-samples") },
    ]);
    expect(warnings).toContainEqual({
      rule: "unknown-rule",
      path: "",
      problem: "there is no rule single-samples to allow; did you mean single-sample?",
      place: { file: "a.yaml", line: 7, column: 18 },
    });
  });
});

test("docs/policies.md has a row for each rule, in their order, with what, why and what to do", () => {
  const page = readFileSync(new URL("../../../docs/policies.md", import.meta.url), "utf8");
  const section = page.split("\n## Warnings\n")[1]?.split("\n## ")[0] ?? "";
  const rows = section.split("\n").filter((line) => line.startsWith("| `"));
  expect(rows.map((row) => /^\| `([\w-]+)` \|/.exec(row)?.[1])).toEqual(RULES);
  for (const row of rows) expect(row.split("|").map((cell) => cell.trim())).toHaveLength(6);
});
