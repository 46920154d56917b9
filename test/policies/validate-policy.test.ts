import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { validateTargets } from "../../shared/policies/validate-policy.ts";

/** A policy with one check of this type that is right but for what is changed. */
function withCheck(type: string, changes: Record<string, unknown>, target = "NETWORK") {
  return { [target]: { [type]: { threshold: 50, period: 10, count: 3, ...changes } } };
}

function faultsOf(input: unknown): { path: string; problem: string }[] {
  const validated = validateTargets(input);
  return validated.ok ? [] : validated.faults;
}

const pathsOf = (input: unknown) => faultsOf(input).map(({ path }) => path);

function thresholdOf(type: string, threshold: unknown): string | undefined {
  const validated = validateTargets(withCheck(type, { threshold }, "ON_CPU"));
  if (!validated.ok) throw new Error(validated.faults.map(({ problem }) => problem).join());
  return (validated.value.ON_CPU as Record<string, { threshold: string }>)[type]?.threshold;
}

describe("a threshold that the agent accepts is accepted", () => {
  test.each([
    ["PROCESS_CPU", 1, "1"],
    ["PROCESS_CPU", "100", "100"],
    ["PROCESS_CPU", " 080.0 ", "80"],
    ["PROCESS_THREAD_COUNT", 1, "1"],
    ["PROCESS_THREAD_COUNT", "40000", "40000"],
    ["SYSTEM_LOAD", 0.01, "0.01"],
    ["SYSTEM_LOAD", "12.50", "12.5"],
    ["SYSTEM_LOAD", 0.000_000_15, "0.00000015"],
    ["HTTP_ERROR_RATE", 100, "100"],
    ["HTTP_ERROR_RATE", "0.5", "0.5"],
    ["HTTP_AVG_RESPONSE_TIME", 250.5, "250.5"],
    ["HTTP_AVG_RESPONSE_TIME", "60000", "60000"],
  ])("%s %j becomes the text %j", (type, threshold, text) => {
    expect(thresholdOf(type, threshold)).toBe(text);
  });
});

describe("a threshold that the agent refuses is refused", () => {
  test.each([
    ...["PROCESS_CPU", "PROCESS_THREAD_COUNT", "SYSTEM_LOAD", "HTTP_ERROR_RATE", "HTTP_AVG_RESPONSE_TIME"].flatMap(
      (type) =>
        [
          0,
          "0",
          "0.0",
          -1,
          "-1",
          "",
          "many",
          "80%",
          "0x50",
          "1e2",
          "1,5",
          null,
          undefined,
          true,
          NaN,
          Infinity,
          [80],
          {},
        ].map((threshold): [string, unknown] => [type, threshold]),
    ),
    ["PROCESS_CPU", 101],
    ["PROCESS_CPU", 80.5],
    ["PROCESS_CPU", "80.5"],
    ["PROCESS_THREAD_COUNT", 1.5],
    ["PROCESS_THREAD_COUNT", 2_147_483_648],
    ["HTTP_ERROR_RATE", 100.1],
    ["HTTP_ERROR_RATE", "101"],
  ] as [string, unknown][])("%s %j", (type, threshold) => {
    expect(pathsOf(withCheck(type, { threshold }))).toEqual([`targets.NETWORK.${type}.threshold`]);
  });
});

test("a period is 1 second or more and a count from 1 to the period, as numbers or as text", () => {
  const validated = validateTargets(withCheck("PROCESS_CPU", { period: "10", count: "10" }, "ON_CPU"));
  expect(validated).toMatchObject({ ok: true, value: { ON_CPU: { PROCESS_CPU: { period: 10, count: 10 } } } });
  expect(faultsOf(withCheck("PROCESS_CPU", { period: 1, count: 1 }))).toEqual([]);

  for (const wrong of [0, -1, 1.5, "1.5", "ten", "", null, undefined, 2_147_483_648]) {
    const fields = pathsOf(withCheck("PROCESS_CPU", { period: wrong, count: wrong }));
    expect(fields).toEqual(["targets.NETWORK.PROCESS_CPU.period", "targets.NETWORK.PROCESS_CPU.count"]);
  }
  expect(faultsOf(withCheck("PROCESS_CPU", { period: 10, count: 11 }))).toEqual([
    { path: "targets.NETWORK.PROCESS_CPU.count", problem: "is 11, over the period of 10 seconds; lower it" },
  ]);
});

test("every fault is listed at once, each with its path and what would be right", () => {
  const faults = faultsOf({
    ON_CPU: {
      PROCESS_CPU: { threshold: "hot", period: 0, count: "none", colour: "red" },
      MEMORY: {},
      SYSTEM_LOAD: 5,
    },
    OFF_CPU: {},
    GPU: { PROCESS_CPU: { threshold: 80, period: 10, count: 3 } },
    NETWORK: { HTTP_ERROR_RATE: { threshold: 5, period: 10, count: 3, uriList: ["/a", "", 7], uriRegex: ["x"] } },
  });
  expect(faults.map(({ path }) => path).sort()).toEqual([
    "targets.GPU",
    "targets.NETWORK.HTTP_ERROR_RATE.uriList[1]",
    "targets.NETWORK.HTTP_ERROR_RATE.uriList[2]",
    "targets.NETWORK.HTTP_ERROR_RATE.uriRegex",
    "targets.OFF_CPU",
    "targets.ON_CPU.MEMORY",
    "targets.ON_CPU.PROCESS_CPU.colour",
    "targets.ON_CPU.PROCESS_CPU.count",
    "targets.ON_CPU.PROCESS_CPU.period",
    "targets.ON_CPU.PROCESS_CPU.threshold",
    "targets.ON_CPU.SYSTEM_LOAD",
  ]);
  expect(faults).toContainEqual({
    path: "targets.ON_CPU.PROCESS_CPU.threshold",
    problem: 'is "hot"; it takes a whole percentage over 0, up to 100',
  });
  expect(faults).toContainEqual({
    path: "targets.GPU",
    problem: "is no target; it takes one of ON_CPU, OFF_CPU, NETWORK",
  });
});

test.each([undefined, null, "ON_CPU", 7, [], {}, new Set(["ON_CPU"]), new Uint8Array(50_000), Buffer.from("ON_CPU")])(
  "%o instead of targets is one fault",
  (input) => {
    expect(pathsOf(input)).toEqual(["targets"]);
  },
);

test.each([new Uint8Array(50_000), new Set(["PROCESS_CPU"])])(
  "%o as DynamoDB keeps it is one fault instead of a target's checks, or of a check",
  (bytes) => {
    expect(pathsOf({ ON_CPU: bytes })).toEqual(["targets.ON_CPU"]);
    expect(pathsOf({ ON_CPU: { PROCESS_CPU: bytes } })).toEqual(["targets.ON_CPU.PROCESS_CPU"]);
  },
);

describe("faults without end are named within bounds:", () => {
  const manyKeys = (length: number) =>
    Object.fromEntries(Array.from({ length: 50_000 }, (_, index) => [`${index}`.padStart(length, "x"), {}]));
  test.each<[string, unknown]>([
    ["targets", manyKeys(5)],
    ["checks", { ON_CPU: manyKeys(5) }],
    ["fields of a check", withCheck("PROCESS_CPU", manyKeys(5))],
    ["URIs", withCheck("HTTP_ERROR_RATE", { uriList: Array(50_000).fill(7) })],
  ])("50,000 unknown %s are 100 faults", (_what, input) => {
    expect(faultsOf(input)).toHaveLength(100);
  });

  test("names of 100 KB are cut to 256 characters", () => {
    const long = "x".repeat(100_000);
    for (const input of [{ [long]: {} }, { ON_CPU: { [long]: {} } }, withCheck("PROCESS_CPU", { [long]: 1 })]) {
      const [fault, ...others] = faultsOf(input);
      expect(others).toEqual([]);
      expect(fault?.path.length).toBe(256);
      expect(fault?.path).toMatch(/^targets\..*x$/);
      expect(fault?.problem.length).toBeLessThan(256);
    }
  });
});

test("the canonical form has every field, numbers as the agent reads them and URIs sorted, each once", () => {
  const check = { count: "3", uriList: ["/b", "/a", "/b"], threshold: 5, period: 10 };
  expect(validateTargets({ NETWORK: { HTTP_ERROR_RATE: check } })).toEqual({
    ok: true,
    value: {
      NETWORK: { HTTP_ERROR_RATE: { threshold: "5", period: 10, count: 3, uriList: ["/a", "/b"], uriRegex: "" } },
    },
  });
});

test("a set of URIs, as DynamoDB keeps it, is a list; null URI fields are none", () => {
  const ofSet = validateTargets(withCheck("HTTP_ERROR_RATE", { uriList: new Set(["/b", "/a"]) }));
  expect(ofSet).toMatchObject({ ok: true, value: { NETWORK: { HTTP_ERROR_RATE: { uriList: ["/a", "/b"] } } } });
  const ofNull = validateTargets(withCheck("HTTP_ERROR_RATE", { uriList: null, uriRegex: null }));
  expect(ofNull).toMatchObject({ ok: true, value: { NETWORK: { HTTP_ERROR_RATE: { uriList: [], uriRegex: "" } } } });
  expect(pathsOf(withCheck("HTTP_ERROR_RATE", { uriList: "/a" }))).toEqual(["targets.NETWORK.HTTP_ERROR_RATE.uriList"]);
});

test("a policy over 100 KB of JSON is too large, in bytes and not in characters", () => {
  // {"NETWORK":{"HTTP_ERROR_RATE":{"count":3,"period":10,"threshold":"50","uriList":["…"],"uriRegex":""}}}
  const room = 100 * 1_024 - 101;
  expect(faultsOf(withCheck("HTTP_ERROR_RATE", { uriList: ["x".repeat(room)] }))).toEqual([]);
  for (const uri of ["x".repeat(room + 1), "ü".repeat(room / 2 + 1)]) {
    const [fault, ...others] = faultsOf(withCheck("HTTP_ERROR_RATE", { uriList: [uri] }));
    expect(fault).toMatchObject({ path: "targets", problem: expect.stringContaining("at most 102400") });
    expect(others).toEqual([]);
  }
});

test("whatever stands there, validation answers and never throws", () => {
  const anyField = fc.dictionary(
    fc.constantFrom("threshold", "period", "count", "uriList", "uriRegex", "__proto__", "x"),
    fc.anything({ withSet: true, withBigInt: true, withMap: true, withDate: true }),
  );
  const anyCheck = fc.dictionary(
    fc.constantFrom("PROCESS_CPU", "SYSTEM_LOAD", "toString"),
    fc.oneof(anyField, fc.anything()),
  );
  const nearlyTargets = fc.dictionary(
    fc.constantFrom("ON_CPU", "NETWORK", "__proto__", "constructor"),
    fc.oneof(anyCheck, fc.anything()),
  );
  fc.assert(
    fc.property(fc.oneof(nearlyTargets, fc.anything({ withSet: true }), fc.jsonValue()), (input) => {
      const validated = validateTargets(input);
      if (!validated.ok) expect(validated.faults.length).toBeGreaterThan(0);
    }),
  );
});

test("a canonical policy is valid and already its own canonical form, however small its numbers", () => {
  const anyThreshold = fc.double({ min: 0, minExcluded: true, max: 100, noNaN: true });
  fc.assert(
    fc.property(anyThreshold, fc.array(fc.string({ minLength: 1 })), fc.string(), (threshold, uris, uriRegex) => {
      const uriList = uris.filter((uri) => uri.trim() !== "");
      const first = validateTargets(withCheck("HTTP_ERROR_RATE", { threshold, uriList, uriRegex }));
      if (!first.ok) throw new Error("expected a valid policy");
      expect(Number(first.value.NETWORK?.HTTP_ERROR_RATE?.threshold)).toBe(threshold);
      expect(validateTargets(first.value)).toEqual(first);
    }),
  );
});
