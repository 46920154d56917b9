import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { yamlText } from "../../../cli/yaml-text.ts";
import { InvalidInput } from "../../../shared/errors.ts";
import { differencesOf } from "../../../shared/policies/plan/differences.ts";
import { planPolicies, summaryOf } from "../../../shared/policies/plan/policy-plan.ts";
import { readPlan, savePlan } from "../../../shared/policies/plan/saved-plan.ts";
import { type Check, MONITOR_TYPES, type PolicyContent, TARGETS } from "../../../shared/policies/policy.ts";
import { type RawItem, type SeenPolicy, seenPolicy } from "../../../shared/policies/seen-policy.ts";
import { parsePolicySet, policySetOf } from "../../../shared/policies/set/policy-set.ts";
import { cpuPolicy } from "../../support/policies.ts";

const CHECK: Check = { threshold: "5", period: 60, count: 20, uriList: [], uriRegex: "" };
const http = (check: Partial<Check>): PolicyContent => ({
  targets: { NETWORK: { HTTP_ERROR_RATE: { ...CHECK, ...check } } },
});

/** A policy as it is stored, by the name of its service. */
function stored(...items: RawItem[]): Map<string, SeenPolicy> {
  return new Map(items.map((raw) => [raw.serviceName?.S ?? "", seenPolicy(raw)]));
}
const checkItem = (threshold: string) => ({
  M: { threshold: { N: threshold }, period: { N: "10" }, count: { N: "3" } },
});
const item = (serviceName: string, threshold = "80", more: RawItem = {}): RawItem => ({
  serviceName: { S: serviceName },
  targets: { M: { ON_CPU: { M: { PROCESS_CPU: checkItem(threshold) } } } },
  ...more,
});
const desired = (serviceName: string, threshold = 80) => ({ serviceName, targets: cpuPolicy(threshold) });

describe("differences", () => {
  it.each<[what: string, before: PolicyContent | undefined, after: PolicyContent | undefined, differences: object[]]>([
    ["none between the same", { targets: cpuPolicy(80) }, { targets: cpuPolicy(80) }, []],
    [
      "a threshold",
      { targets: cpuPolicy(80) },
      { targets: cpuPolicy(90) },
      [{ path: "ON_CPU.PROCESS_CPU.threshold", before: "80", after: "90" }],
    ],
    [
      "period, count and a regex that comes",
      http({}),
      http({ period: 30, count: 10, uriRegex: "^/api" }),
      [
        { path: "NETWORK.HTTP_ERROR_RATE.period", before: 60, after: 30 },
        { path: "NETWORK.HTTP_ERROR_RATE.count", before: 20, after: 10 },
        { path: "NETWORK.HTTP_ERROR_RATE.uriRegex", before: null, after: "^/api" },
      ],
    ],
    [
      "a list of URIs that changes, and one that goes",
      http({ uriList: ["/a", "/b"] }),
      http({ uriList: ["/a", "/c"] }),
      [{ path: "NETWORK.HTTP_ERROR_RATE.uriList", before: ["/a", "/b"], after: ["/a", "/c"] }],
    ],
    [
      "a list that goes",
      http({ uriList: ["/a"] }),
      http({}),
      [{ path: "NETWORK.HTTP_ERROR_RATE.uriList", before: ["/a"], after: null }],
    ],
    [
      "a check that goes for another",
      { targets: cpuPolicy(80) },
      http({}),
      [
        { path: "ON_CPU.PROCESS_CPU", before: { threshold: "80", period: 10, count: 3 }, after: null },
        { path: "NETWORK.HTTP_ERROR_RATE", before: null, after: { threshold: "5", period: 60, count: 20 } },
      ],
    ],
    [
      "a budget",
      { targets: cpuPolicy(80), budget: { maxActive: 5 } },
      { targets: cpuPolicy(80), budget: { maxActive: 8 } },
      [{ path: "budget.maxActive", before: 5, after: 8 }],
    ],
    [
      "a budget that goes",
      { targets: cpuPolicy(80), budget: { maxActive: 5 } },
      { targets: cpuPolicy(80) },
      [{ path: "budget.maxActive", before: 5, after: null }],
    ],
    [
      "all of a policy that comes",
      undefined,
      { targets: cpuPolicy(80) },
      [{ path: "ON_CPU.PROCESS_CPU", before: null, after: { threshold: "80", period: 10, count: 3 } }],
    ],
  ])("say %s", (_what, before, after, differences) => {
    expect(differencesOf(before, after)).toEqual(differences);
  });
});

describe("a plan", () => {
  const now = stored(item("same"), item("other", "70"), item("more"), item("broken", "0"), item("another"));
  const files = [desired("same"), desired("other"), desired("new"), desired("broken")];

  it("adds what is not stored, changes what differs or is not valid, and leaves the rest alone", () => {
    const plan = planPolicies(files, now, { prune: false });
    expect(plan.changes.map(({ action, serviceName }) => `${action} ${serviceName}`)).toEqual([
      "change broken",
      "add new",
      "change other",
    ]);
    expect(summaryOf(plan)).toEqual({ add: 1, change: 2, delete: 0, unchanged: 1, leftAlone: 2 });
    expect(plan.leftAlone).toEqual(["another", "more"]);
  });

  it("deletes what is not desired if it is to prune, broken ones too", () => {
    const plan = planPolicies([desired("same")], now, { prune: true });
    const deleted = plan.changes.map(({ action, serviceName }) => `${action} ${serviceName}`);
    expect(deleted).toEqual(["delete another", "delete broken", "delete more", "delete other"]);
    expect(plan.leftAlone).toEqual([]);
  });

  it("changes nothing where a hand wrote the same in other words", () => {
    const byHand = item("same", "80.0", { uuid: { S: "stale" }, revision: { N: "7" } });
    expect(planPolicies([desired("same")], stored(byHand), { prune: true }).changes).toEqual([]);
  });
});

describe("a saved plan", () => {
  const table = { arn: "arn:aws:dynamodb:eu-west-1:123456789012:table/flashpoint-policies", id: "one" };
  const odd = item("odd", "0", {
    uuid: { B: new Uint8Array([0, 255]) },
    revision: { N: "1e30" },
    budget: { NS: ["1"] },
  });
  const now = stored(item("other", "70", { revision: { N: "4" }, updatedBy: { S: "eve" } }), odd, item("old"));
  const plan = planPolicies([desired("new"), desired("other"), desired("odd")], now, { prune: true });

  it("is the same plan once it is read, down to the bytes that somebody typed", () => {
    expect(readPlan(savePlan(plan, table, "2026-01-01T00:00:00Z"), "p", table)).toEqual(plan);
  });

  it.each<[what: string, text: (saved: string) => string, of: typeof table, says: string]>([
    [
      "of a table elsewhere",
      (saved) => saved,
      { ...table, arn: table.arn.replace("eu-west-1", "us-east-1") },
      "is a plan for arn:aws:dynamodb:eu-west-1",
    ],
    ["of a table that was made anew", (saved) => saved, { ...table, id: "two" }, "(one), and this is "],
    ["of another version", (saved) => saved.replace('"version": 1', '"version": 2'), table, "of another version"],
    ["that is cut short", (saved) => saved.slice(0, 200), table, "is no plan of"],
    ["that is something else", () => '{"services":{}}', table, "is no plan of"],
    [
      "whose policy was made invalid",
      (saved) => saved.replace('"threshold": "80"', '"threshold": "800"'),
      table,
      'content.targets.ON_CPU.PROCESS_CPU.threshold is "800"',
    ],
    [
      "whose change was broken",
      (saved) => saved.replace('"serviceName": "new"', '"serviceName": 7'),
      table,
      "changes[0] is no change of this version; make the plan again",
    ],
    ...["null", "7", '{"Q":"1"}', '{"S":7}', '{"N":"1","S":"1"}', '{"M":{"a":null}}', '{"L":[{}]}', '{"BS":[1]}'].map(
      (value): [string, (saved: string) => string, typeof table, string] => [
        `that saw ${value}`,
        (saved) => saved.replace(/"uuid": \{[^}]*\}/, `"uuid": ${value}`),
        table,
        "changes[1].seen is no change of this version; make the plan again",
      ],
    ),
    [
      "of one service twice",
      (saved) => saved.replace('"serviceName": "old"', '"serviceName": "new"'),
      table,
      "is the second change of new; make the plan again",
    ],
  ])("%s is refused", (_what, change, of, says) => {
    const read = () => readPlan(change(savePlan(plan, table, "")), "p", of);
    expect(read).toThrow(InvalidInput);
    expect(read).toThrow(says);
  });
});

const anyUri = fc.string({ minLength: 1 }).filter((uri) => uri.trim() !== "");
const anyCheck = fc
  .record({
    threshold: fc.integer({ min: 1, max: 100 }).map(String),
    period: fc.integer({ min: 1, max: 3_600 }),
    count: fc.integer({ min: 1, max: 3_600 }),
    uriList: fc.uniqueArray(anyUri, { maxLength: 3 }).map((uris) => uris.toSorted()),
    uriRegex: fc.constantFrom("", "^/a: #\t'\"ü$", "|", ">-"),
  })
  .map((check): Check => ({ ...check, count: Math.min(check.count, check.period) }));
const anyChecks = fc.dictionary(fc.constantFrom(...MONITOR_TYPES), anyCheck, { minKeys: 1, noNullPrototype: true });
const anyPolicy = fc.record(
  {
    targets: fc.dictionary(fc.constantFrom(...TARGETS), anyChecks, { minKeys: 1, noNullPrototype: true }),
    budget: fc.record({ maxActive: fc.integer({ min: 1, max: 1_000 }) }),
  },
  { requiredKeys: ["targets"] },
);
const anyName = fc.oneof(
  fc.string({ minLength: 1, maxLength: 40, unit: "grapheme" }).filter((name) => name.trim() !== ""),
  fc.constantFrom("<<", "a\u200bb", "\ufeff", "\u2028", "12", "true"),
);

it("what is exported plans as no change, whatever the policies are, and has no difference that a plan would not show", () => {
  const anySet = fc.uniqueArray(fc.record({ serviceName: anyName, policy: anyPolicy }), {
    selector: ({ serviceName }) => serviceName,
    minLength: 1,
    maxLength: 4,
  });
  fc.assert(
    fc.property(anySet, anyPolicy, (set, other) => {
      const policies = set.map(({ serviceName, policy }) => ({ serviceName, ...(policy as PolicyContent) }));
      const parsed = parsePolicySet([{ name: "export.yaml", text: yamlText(policySetOf(policies)) }]);
      if (!parsed.ok) throw new Error(JSON.stringify(parsed.faults));
      const read = new Map(parsed.policies.map((policy) => [policy.serviceName, policy]));
      expect(read.size).toBe(policies.length);
      for (const policy of policies) {
        expect(differencesOf(policy, read.get(policy.serviceName))).toEqual([]);
        const isSame = JSON.stringify(sorted(policy)) === JSON.stringify(sorted(other as PolicyContent));
        expect(differencesOf(policy, other as PolicyContent).length === 0).toBe(isSame);
      }
    }),
    { numRuns: 200 },
  );
});

/** Keys in one order, so that the text tells whether two policies are the same. */
function sorted({ targets, budget }: PolicyContent): unknown {
  const inOrder = (value: unknown): unknown =>
    typeof value === "object" && value !== null && !Array.isArray(value)
      ? Object.fromEntries(
          Object.entries(value)
            .toSorted(([a], [b]) => (a < b ? -1 : 1))
            .map(([key, inner]) => [key, inOrder(inner)]),
        )
      : value;
  return inOrder({ targets, budget: budget ?? null });
}
