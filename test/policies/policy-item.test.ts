import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { PolicyTargets } from "../../shared/policies/policy.ts";
import { readPolicyItem, revisionOf, writePolicyItem } from "../../shared/policies/policy-item.ts";
import { policyUuid } from "../../shared/policies/policy-uuid.ts";
import { anyItem, anythingLike } from "../support/any-value.ts";

// printf '%s' '{"ON_CPU":{"PROCESS_CPU":{"count":3,"period":10,"threshold":"80","uriList":[],"uriRegex":""}}}' | sha256sum
const UUID = "076735a38788b5dce6371eb3096e4cb6015b8dc003b006509b65d4ab56add197";
const ITEM = {
  serviceName: "sqrt",
  targets: { ON_CPU: { PROCESS_CPU: { threshold: "80", period: 10, count: 3 } } },
  uuid: UUID,
  revision: 7,
  updatedAt: "2026-02-03T04:05:06.000Z",
  updatedBy: "ada",
};
const POLICY = {
  ...ITEM,
  targets: { ON_CPU: { PROCESS_CPU: { threshold: "80", period: 10, count: 3, uriList: [], uriRegex: "" } } },
};

test("an item that nobody edited by hand is read as it was written", () => {
  expect(readPolicyItem(ITEM)).toEqual({ state: "valid", policy: POLICY, staleUuid: false });
});

test.each(["deadbeef", "", 7, null, undefined])(
  "with %j as its UUID an item is stale, and served with its true one",
  (uuid) => {
    expect(readPolicyItem({ ...ITEM, uuid })).toEqual({ state: "valid", policy: POLICY, staleUuid: true });
  },
);

test("an item that holds nothing but key and targets, as somebody types it into the console, is a policy", () => {
  const targets = { ON_CPU: { PROCESS_CPU: { threshold: 80, period: 10, count: 3 } } };
  expect(readPolicyItem({ serviceName: "sqrt", targets })).toEqual({
    state: "valid",
    policy: { ...POLICY, revision: 0, updatedAt: "", updatedBy: "" },
    staleUuid: true,
  });
});

test.each([undefined, null, "7", -1, 0, 0.5, Number.NaN, 2 ** 53, [7]])("%j as revision counts as none", (revision) => {
  expect(revisionOf({ ...ITEM, revision })).toBe(0);
  expect(readPolicyItem({ ...ITEM, revision })).toMatchObject({ state: "valid", policy: { revision: 0, uuid: UUID } });
});

test("no item has no revision", () => {
  expect(revisionOf(undefined)).toBe(0);
});

test("an item that does not validate is invalid with every fault, whatever UUID it carries", () => {
  const targets = { ON_CPU: { PROCESS_CPU: { threshold: 101, period: 10, count: 30 } } };
  expect(readPolicyItem({ ...ITEM, targets })).toEqual({
    state: "invalid",
    serviceName: "sqrt",
    faults: [
      { path: "targets.ON_CPU.PROCESS_CPU.count", problem: "is 30, over the period of 10 seconds; lower it" },
      {
        path: "targets.ON_CPU.PROCESS_CPU.threshold",
        problem: "is 101; it takes a whole percentage over 0, up to 100",
      },
    ],
  });
  expect(readPolicyItem({ serviceName: "sqrt" })).toMatchObject({ state: "invalid", faults: [{ path: "targets" }] });
});

describe("what is written", () => {
  test("leaves URI fields out that say nothing", () => {
    expect(writePolicyItem(POLICY)).toEqual(ITEM);
  });

  test("keeps URI fields that say something", () => {
    const check = { threshold: "5", period: 10, count: 3 };
    const targets = {
      NETWORK: {
        HTTP_ERROR_RATE: { ...check, uriList: ["/a"], uriRegex: "" },
        HTTP_AVG_RESPONSE_TIME: { ...check, uriList: [], uriRegex: "^/b" },
      },
    };
    expect(writePolicyItem({ ...POLICY, targets }).targets).toEqual({
      NETWORK: {
        HTTP_ERROR_RATE: { ...check, uriList: ["/a"] },
        HTTP_AVG_RESPONSE_TIME: { ...check, uriRegex: "^/b" },
      },
    });
  });
});

describe("a budget", () => {
  test.each([1, 1_000, "7", " 7 "])("of %j is read, and is no part of the UUID", (maxActive) => {
    expect(readPolicyItem({ ...ITEM, budget: { maxActive } })).toEqual({
      state: "valid",
      policy: { ...POLICY, budget: { maxActive: Number(maxActive) } },
      staleUuid: false, // whoever edits nothing else has nothing to repair
    });
  });

  test.each([
    [{ maxActive: 0 }, "budget.maxActive", "is 0; it takes a whole number of tasks, 1 to 1000"],
    [{ maxActive: 1_001 }, "budget.maxActive", "is 1001; it takes a whole number of tasks, 1 to 1000"],
    [{ maxActive: 2.5 }, "budget.maxActive", "is 2.5; it takes a whole number of tasks, 1 to 1000"],
    [{ maxActive: "many" }, "budget.maxActive", 'is "many"; it takes a whole number of tasks, 1 to 1000'],
    [{}, "budget.maxActive", "is missing; it takes a whole number of tasks, 1 to 1000"],
    [5, "budget", "is 5; it takes a map with maxActive, like {maxActive: 5}"],
    [[], "budget", "is a list; it takes a map with maxActive, like {maxActive: 5}"],
    [null, "budget", "is blank; it takes a map with maxActive, like {maxActive: 5}"],
    [{ maxActive: 5, perDay: 9 }, "budget.perDay", "is no field of a budget; it takes maxActive"],
  ])("of %j makes the item invalid", (budget, path, problem) => {
    expect(readPolicyItem({ ...ITEM, budget })).toEqual({
      state: "invalid",
      serviceName: "sqrt",
      faults: [{ path, problem }],
    });
  });

  test("that is broken is named beside what else is", () => {
    const stored = readPolicyItem({ serviceName: "sqrt", budget: { maxActive: -1 } });
    expect(stored).toMatchObject({ state: "invalid", faults: [{ path: "targets" }, { path: "budget.maxActive" }] });
  });

  test("is written as it is read, and no budget as none", () => {
    expect(writePolicyItem({ ...POLICY, budget: { maxActive: 7 } })).toEqual({ ...ITEM, budget: { maxActive: 7 } });
    expect(writePolicyItem(POLICY)).not.toHaveProperty("budget");
  });
});

const anyCheck = fc.integer({ min: 1, max: 3_600 }).chain((period) =>
  fc.record({
    threshold: fc.integer({ min: 1, max: 100 }).map(String),
    period: fc.constant(period),
    count: fc.integer({ min: 1, max: period }),
    uriList: fc.uniqueArray(fc.string({ minLength: 1 }).filter((uri) => uri.trim() !== "")).map((uris) => uris.sort()),
    uriRegex: fc.string(),
  }),
);
const anyChecks = fc.dictionary(
  fc.constantFrom("PROCESS_CPU", "PROCESS_THREAD_COUNT", "SYSTEM_LOAD", "HTTP_ERROR_RATE", "HTTP_AVG_RESPONSE_TIME"),
  anyCheck,
  { minKeys: 1 },
);
const anyTargets = fc.dictionary(fc.constantFrom("ON_CPU", "OFF_CPU", "NETWORK"), anyChecks, { minKeys: 1 });

test("whatever policy is written, the same is read back, and it is not stale", () => {
  fc.assert(
    fc.property(anyTargets, fc.integer({ min: 1 }), fc.string(), (targets, revision, updatedBy) => {
      const policy = { ...POLICY, targets, uuid: policyUuid(targets as PolicyTargets), revision, updatedBy };
      // Through JSON: a store keeps values, not our objects.
      const item = JSON.parse(JSON.stringify(writePolicyItem(policy)));
      expect(readPolicyItem(item)).toEqual({ state: "valid", policy, staleUuid: false });
    }),
  );
});

test("whatever an item holds, it is read as a policy that is read again as itself, or as invalid with its faults", () => {
  const check = { threshold: "80", period: 10, count: 3, uriList: ["/a"], uriRegex: "^/b" };
  const sound = { ON_CPU: { PROCESS_CPU: check }, NETWORK: { HTTP_ERROR_RATE: check } };
  const budget = { maxActive: 5 };
  const either = <T>(usual: T) => fc.oneof(fc.constant(usual), anythingLike(usual));
  const item = fc
    .tuple(
      anyItem({ uuid: UUID, revision: 7, updatedAt: ITEM.updatedAt, updatedBy: "ada" }),
      either(sound),
      fc.option(either(budget), { nil: undefined }),
    )
    .map(([held, targets, budget]) => ({
      ...held,
      serviceName: "sqrt",
      targets,
      ...(budget !== undefined && { budget }),
    }));
  let valid = 0;
  fc.assert(
    fc.property(item, (stored) => {
      const read = readPolicyItem(stored);
      if (read.state === "invalid") {
        expect(read.faults.length).toBeGreaterThan(0);
        expect(read.serviceName).toBe("sqrt");
        return;
      }
      valid++;
      expect(readPolicyItem(writePolicyItem(read.policy))).toEqual({ ...read, staleUuid: false });
    }),
    { numRuns: 2_000 },
  );
  expect(valid).toBeGreaterThan(200);
});
