import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { stringify } from "yaml";
import type { PolicyTargets } from "../../shared/policies/policy.ts";
import { parsePolicyFile, policyFileOf } from "../../shared/policies/policy-file.ts";
import { validateTargets } from "../../shared/policies/validate-policy.ts";
import { anythingLike } from "../support/any-value.ts";

const SWCTL_YAML = `# as swctl takes it
policy:
  - type: ON_CPU
    checkers:
      - type: PROCESS_CPU
        threshold: 80
        period: 10
        count: 3
  - type: NETWORK
    checkers:
      - type: HTTP_ERROR_RATE
        threshold: "0.50"
        period: 60
        count: 5
        uriList: [/b, /a]
      - type: HTTP_AVG_RESPONSE_TIME
        threshold: 250
        period: 60
        count: 5
        uriRegex: "^/api/.*$"
`;
const TARGETS: PolicyTargets = {
  ON_CPU: { PROCESS_CPU: { threshold: "80", period: 10, count: 3, uriList: [], uriRegex: "" } },
  NETWORK: {
    HTTP_ERROR_RATE: { threshold: "0.5", period: 60, count: 5, uriList: ["/a", "/b"], uriRegex: "" },
    HTTP_AVG_RESPONSE_TIME: { threshold: "250", period: 60, count: 5, uriList: [], uriRegex: "^/api/.*$" },
  },
};

/** Faults as `line:column path`. */
function placesOf(text: string): string[] {
  const parsed = parsePolicyFile(text);
  return parsed.ok ? [] : parsed.faults.map(({ line, column, path }) => `${line}:${column} ${path}`);
}

test("the YAML that swctl takes is a policy", () => {
  expect(parsePolicyFile(SWCTL_YAML)).toEqual({ ok: true, targets: TARGETS });
});

test("the same as JSON is the same policy", () => {
  const json = `{"policy":[
    {"type":"NETWORK","checkers":[
      {"type":"HTTP_ERROR_RATE","threshold":0.5,"period":60,"count":5,"uriList":["/a","/b"]},
      {"type":"HTTP_AVG_RESPONSE_TIME","threshold":"250","period":"60","count":5,"uriRegex":"^/api/.*$"}]},
    {"type":"ON_CPU","checkers":[{"type":"PROCESS_CPU","threshold":80,"period":10,"count":3}]}]}`;
  expect(parsePolicyFile(json)).toEqual({ ok: true, targets: TARGETS });
});

test("every rule fault is listed with the line and column where its value stands, from top to bottom", () => {
  const text = `policy:
  - type: ON_CPU
    checkers:
      - type: PROCESS_CPU
        threshold: 101
        period: ten
        count: 3
        uriLists: [/a]
      - type: MEMORY
        threshold: 5
  - type: GPU
    checkers: []
    note: none
owner: ada
`;
  expect(placesOf(text)).toEqual([
    "5:20 policy[0].checkers[0].threshold",
    "6:17 policy[0].checkers[0].period",
    "8:19 policy[0].checkers[0].uriLists",
    "9:15 policy[0].checkers[1].type",
    "11:11 policy[1].type",
    "12:15 policy[1].checkers",
    "13:11 policy[1].note",
    "14:8 owner",
  ]);
});

test("a missing field is shown at the checker that should hold it", () => {
  const text =
    "policy:\n  - type: ON_CPU\n    checkers:\n      - type: PROCESS_CPU\n        threshold: 80\n        count: 3\n";
  expect(placesOf(text)).toEqual(["4:9 policy[0].checkers[0].period"]);
});

test.each([
  ["text that breaks off", 'policy: [{type: "ON_CPU', 1],
  ["a tag that nobody knows", "policy:\n  - !odd {}\n", 2],
  ["a name that is a list", "policy:\n  ? [a]\n  : b\n", 2],
  ["an alias of nothing", "policy: *nothing\n", 1],
  ["lists without end", "[".repeat(100_000), 1],
])("%s is a syntax fault with its place", (_what, text, line) => {
  const parsed = parsePolicyFile(text);
  expect(parsed.ok).toBe(false);
  if (!parsed.ok) expect(parsed.faults[0]).toMatchObject({ path: "", line, column: expect.any(Number) });
});

test("a syntax fault names the very column", () => {
  expect(placesOf("policy:\n  - type: 'ON_CPU\n    checkers: []\n")).toEqual(["4:1 "]);
});

test("a field that stands there twice is a fault where it stands again, beside all others", () => {
  expect(placesOf("policy:\n  - type: ON_CPU\n    type: NETWORK\n")).toEqual([
    "2:5 policy[0].checkers",
    "3:5 policy[0].type",
  ]);
});

test.each(["", "# nothing\n", "[]", "policy", "policy: {}", "policy: []", "{}", "null"])(
  "%j holds no policy, and says what is missing",
  (text) => {
    const parsed = parsePolicyFile(text);
    expect(parsed).toMatchObject({ ok: false, faults: [{ path: "policy", line: 1 }] });
  },
);

test("entries and checkers that are no maps are faults of their own", () => {
  expect(placesOf("policy:\n  - ON_CPU\n  - type: NETWORK\n    checkers:\n      - PROCESS_CPU\n")).toEqual([
    "2:5 policy[0]",
    "5:9 policy[1].checkers[0]",
  ]);
});

describe("what would silently be lost is refused:", () => {
  const checkers = "[{type: PROCESS_CPU, threshold: 80, period: 10, count: 3}]";

  test("a target that stands there twice", () => {
    const text = `policy:\n- {type: ON_CPU, checkers: ${checkers}}\n- {type: ON_CPU, checkers: ${checkers}}\n`;
    expect(placesOf(text)).toEqual(["3:10 policy[1].type"]);
  });

  test("a monitor type that stands twice in one target", () => {
    const checker = checkers.slice(1, -1);
    const text = `policy:\n- type: ON_CPU\n  checkers:\n  - ${checker}\n  - ${checker}\n`;
    expect(placesOf(text)).toEqual(["5:12 policy[0].checkers[1].type"]);
  });

  test("but not the same monitor type in two targets", () => {
    const text = `policy:\n- {type: ON_CPU, checkers: ${checkers}}\n- {type: OFF_CPU, checkers: ${checkers}}\n`;
    expect(placesOf(text)).toEqual([]);
  });
});

test("an alias may say a checker again, and its faults are shown where the alias stands", () => {
  const text = (threshold: number) =>
    `policy:\n- {type: ON_CPU, checkers: &c [{type: PROCESS_CPU, threshold: ${threshold}, period: 10, count: 3}]}\n- {type: OFF_CPU, checkers: *c}\n`;
  expect(placesOf(text(80))).toEqual([]);
  expect(placesOf(text(101))).toEqual(["2:63 policy[0].checkers[0].threshold", "3:29 policy[1].checkers[0].threshold"]);
});

test("a few lines of aliases do not open up to gigabytes", () => {
  const levels = Array.from({ length: 30 }, (_, level) => {
    const below = level === 0 ? "x" : `*a${level - 1}`;
    return `a${level}: &a${level} [${Array.from({ length: 10 }, () => below).join(", ")}]`;
  });
  const parsed = parsePolicyFile(`${levels.join("\n")}\npolicy: *a29\n`);
  expect(parsed).toMatchObject({ ok: false, faults: [{ problem: expect.stringMatching(/alias/i) }] });
});

describe("a budget", () => {
  const withBudget = (budget: string) => `${SWCTL_YAML.trimEnd()}\nbudget: ${budget}\n`;

  test.each(["5", '"5"', " 5.0 "])("of %s stands beside the policy", (maxActive) => {
    const parsed = parsePolicyFile(withBudget(`{ maxActive: ${maxActive} }`));
    expect(parsed).toEqual({ ok: true, targets: TARGETS, budget: { maxActive: 5 } });
  });

  test("that is broken is a fault at its line, beside those of the checkers", () => {
    const text = "budget:\n  maxActive: 0\n  perTarget: true\npolicy:\n  - type: ON_GPU\n";
    const parsed = parsePolicyFile(text);
    expect(parsed.ok ? [] : parsed.faults.map(({ path, line }) => [path, line])).toEqual([
      ["budget.maxActive", 2],
      ["budget.perTarget", 3],
      ["policy[0].checkers", 5],
      ["policy[0].type", 5],
    ]);
  });

  test("that says nothing is a fault: somebody believes that it bounds something", () => {
    expect(parsePolicyFile(withBudget(""))).toMatchObject({ ok: false, faults: [{ path: "budget" }] });
  });

  test("is read back from the file that it is written to", () => {
    for (const format of [stringify, JSON.stringify]) {
      const file = format(policyFileOf({ targets: TARGETS, budget: { maxActive: 25 } }));
      expect(parsePolicyFile(file)).toEqual({ ok: true, targets: TARGETS, budget: { maxActive: 25 } });
    }
  });
});

test("policyFileOf gives back the file, without what says nothing", () => {
  expect(policyFileOf({ targets: TARGETS })).toEqual({
    policy: [
      { type: "ON_CPU", checkers: [{ type: "PROCESS_CPU", threshold: 80, period: 10, count: 3 }] },
      {
        type: "NETWORK",
        checkers: [
          { type: "HTTP_ERROR_RATE", threshold: 0.5, period: 60, count: 5, uriList: ["/a", "/b"] },
          { type: "HTTP_AVG_RESPONSE_TIME", threshold: 250, period: 60, count: 5, uriRegex: "^/api/.*$" },
        ],
      },
    ],
  });
});

test("whatever policy is written to a file, as YAML or JSON, the same is read back", () => {
  const anyText = fc.string({ minLength: 1, unit: "grapheme" }).filter((text) => text.trim() !== "");
  const anyCheck = fc.record({
    threshold: fc.integer({ min: 1, max: 100 }).map(String),
    period: fc.integer({ min: 60, max: 3_600 }),
    count: fc.integer({ min: 1, max: 60 }),
    uriList: fc.uniqueArray(anyText).map((uris) => uris.sort()),
    uriRegex: fc.oneof(fc.constant(""), anyText),
  });
  const anyChecks = fc.dictionary(fc.constantFrom("PROCESS_CPU", "SYSTEM_LOAD", "HTTP_ERROR_RATE"), anyCheck, {
    minKeys: 1,
  });
  const anyTargets = fc.dictionary(fc.constantFrom("ON_CPU", "OFF_CPU", "NETWORK"), anyChecks, { minKeys: 1 });
  fc.assert(
    fc.property(anyTargets, fc.constantFrom(stringify, JSON.stringify), (targets, format: (file: object) => string) => {
      expect(parsePolicyFile(format(policyFileOf({ targets })))).toEqual({ ok: true, targets });
    }),
  );
});

test("whatever a file holds, it is a policy, or every fault has a place in it", () => {
  const line = fc.constantFrom(
    "policy:",
    "  - type: ON_CPU",
    "    checkers:",
    "      - type: PROCESS_CPU",
    "        threshold: 80",
    "        threshold: .inf",
    "        period: 10",
    "        count: 3",
    "        count: 0x3",
    "        uriList: [/a, *a]",
    "        <<: *a",
    "        ? [a]",
    "        : b",
    "        __proto__: 1",
    "  - &a !!binary aGk=",
    "  - !!set {a, b}",
    "  - !!timestamp 2026-01-31",
    "---",
    "...",
    "%YAML 1.1",
    "\t- {",
    "- - -",
    "*a",
  );
  const yaml = fc.array(fc.oneof({ weight: 9, arbitrary: line }, fc.string({ unit: "binary", maxLength: 12 })), {
    maxLength: 14,
  });
  const sound = {
    policy: [{ type: "ON_CPU", checkers: [{ type: "PROCESS_CPU", threshold: 80, period: 10, count: 3 }] }],
    budget: { maxActive: 5 },
  };
  const json = anythingLike(sound).map((value) => JSON.stringify(value) ?? "");
  const file = fc.oneof(
    yaml.map((lines) => lines.join("\n")),
    json,
    fc.string({ unit: "binary" }),
  );
  fc.assert(
    fc.property(file, (text) => {
      const parsed = parsePolicyFile(text);
      if (parsed.ok) {
        expect(parsePolicyFile(JSON.stringify(policyFileOf(parsed)))).toEqual(parsed);
        return;
      }
      expect(parsed.faults.length).toBeGreaterThan(0);
      for (const { line, column, problem } of parsed.faults) {
        expect(line).toBeGreaterThanOrEqual(1);
        expect(line).toBeLessThanOrEqual(text.split("\n").length + 1);
        expect(column).toBeGreaterThanOrEqual(1);
        expect(problem).not.toBe("");
      }
    }),
    { numRuns: 2_000 },
  );
});

test.each(["SYSTEM_LOAD", "HTTP_AVG_RESPONSE_TIME"])(
  "whatever threshold of %s is written to a file, the same is read back",
  (type) => {
    const anyThreshold = fc.oneof(
      fc.double({ min: Number.MIN_VALUE, max: Number.MAX_SAFE_INTEGER, noNaN: true }),
      fc.double({ min: Number.MIN_VALUE, max: 1e-5, noNaN: true }),
      fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER }),
      fc.constantFrom(Number.MIN_VALUE, 1e-7, 0.1 + 0.2, Number.MAX_SAFE_INTEGER, 2 ** 53 - 1.5),
    );
    fc.assert(
      fc.property(anyThreshold, (number) => {
        const written = validateTargets({ NETWORK: { [type]: { threshold: number, period: 10, count: 3 } } });
        if (!written.ok) throw new Error(JSON.stringify(written.faults));
        for (const format of [stringify, JSON.stringify]) {
          expect(parsePolicyFile(format(policyFileOf({ targets: written.value })))).toEqual({
            ok: true,
            targets: written.value,
          });
        }
      }),
      { numRuns: 500 },
    );
  },
);
