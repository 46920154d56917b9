import { create } from "@bufbuild/protobuf";
import { describe, expect, test } from "vitest";
import { type Collector, maskSecret, validateCollector, wantsTask } from "../../shared/collectors/collector.ts";
import { ProfilingTaskSchema } from "../../shared/gen/flashpoint/v1/task_pb.js";

const secretOf = (bytes: number) => `whsec_${Buffer.alloc(bytes, 7).toString("base64")}`;
const COLLECTOR: Collector = {
  name: "pager",
  kind: "webhook",
  url: "https://pager.example.com/flashpoint",
  enabled: true,
  services: ["*"],
  secret: "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
};

function pathsOf(changes: Record<string, unknown>): string[] {
  const validated = validateCollector({ ...COLLECTOR, ...changes });
  return validated.ok ? [] : validated.faults.map(({ path }) => path);
}

test("a collector is valid as it stands, and only its known fields are kept", () => {
  expect(validateCollector({ ...COLLECTOR, note: "by ada" })).toEqual({ ok: true, collector: COLLECTOR });
});

test("kind, enabled and services may be left out: a webhook that gets everything", () => {
  const { name, url, secret } = COLLECTOR;
  expect(validateCollector({ name, url, secret })).toEqual({ ok: true, collector: COLLECTOR });
});

test("every fault is listed at once, and none repeats the secret", () => {
  const validated = validateCollector({
    name: "The Pager",
    kind: "carrier-pigeon",
    url: "pager.example.com",
    enabled: "yes",
    services: [],
    secret: "hunter2-hunter2",
  });
  expect(validated).toMatchObject({
    ok: false,
    faults: ["name", "kind", "url", "enabled", "services", "secret"].map((path) => ({ path })),
  });
  expect(JSON.stringify(validated)).not.toContain("hunter2");
  expect(validateCollector({})).toMatchObject({
    ok: false,
    faults: ["name", "url", "secret"].map((path) => ({ path })),
  });
});

describe("the fault is named for", () => {
  test.each<[string, unknown]>([
    ...["", "A", "-a", ".a", "a b", "a/b", "ü", "x".repeat(65), 7, null].map((name): [string, unknown] => [
      "name",
      name,
    ]),
    ...["WEBHOOK", "", null, 7].map((kind): [string, unknown] => ["kind", kind]),
    ...["", "/flashpoint", "ftp://a.example.com", "javascript:alert(1)", "https://ada:pw@a.example.com", 7, null].map(
      (url): [string, unknown] => ["url", url],
    ),
    ["url", `https://a.example.com/${"x".repeat(2_048)}`],
    ...["true", 1, null].map((enabled): [string, unknown] => ["enabled", enabled]),
    ...["*", [""], ["!"], [7], [], new Set(), null, Array(101).fill("*"), ["x".repeat(2_049)]].map(
      (services): [string, unknown] => ["services", services],
    ),
    ...[
      "",
      "whsec_",
      "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
      "whsec_not base64 not base64 not base64",
      secretOf(23),
      secretOf(65),
      null,
    ].map((secret): [string, unknown] => ["secret", secret]),
  ])("%s %j", (field, value) => {
    expect(pathsOf({ [field]: value })).toEqual([field]);
  });
});

test.each<[string, unknown]>([
  ["name", "a"],
  ["name", `0${"x._-".repeat(15)}abc`],
  ["url", "http://127.0.0.1:8080/hook?x=1"],
  ["enabled", false],
  ["services", new Set(["a", "b-*"])],
  ["services", Array(100).fill("*")],
  ["secret", secretOf(24)],
  ["secret", secretOf(64)],
])("%s may be %j", (field, value) => {
  expect(pathsOf({ [field]: value })).toEqual([]);
});

test("a set of globs, as DynamoDB keeps it, becomes a list", () => {
  const validated = validateCollector({ ...COLLECTOR, services: new Set(["a", "b-*"]) });
  expect(validated).toMatchObject({ ok: true, collector: { services: ["a", "b-*"] } });
});

const wants = (services: string[], serviceName: string, enabled = true) =>
  wantsTask({ ...COLLECTOR, services, enabled }, create(ProfilingTaskSchema, { serviceName }));

describe("globs over service names:", () => {
  test.each<[string[], string, boolean]>([
    [["*"], "sqrt", true],
    [["*"], "agent::checkout|eu|", true],
    [["*"], "two\nlines", true],
    [["sqrt"], "sqrt", true],
    [["sqrt"], "sqrt2", false],
    [["sqrt"], "SQRT", false],
    [["checkout-*"], "checkout-eu", true],
    [["checkout-*"], "my-checkout-eu", false],
    [["agent::*"], "agent::checkout", true],
    [["*::checkout"], "agent::checkout", true],
    [["agent::checkout|eu|"], "agent::checkout|eu|", true],
    [["a|b"], "a", false],
    [["*|eu|*"], "agent::checkout|eu|blue", true],
    [["a.c"], "abc", false],
    [["a(b)[c]+?"], "a(b)[c]+?", true],
    [["a", "b"], "b", true],
    [["*", "!test-*"], "test-1", false],
    [["!test-*", "*"], "test-1", false],
    [["*", "!test-*"], "sqrt", true],
    [["!test-*"], "sqrt", true],
    [["!test-*"], "test-1", false],
    [["checkout-*", "!checkout-test"], "sqrt", false],
  ])("%j and %j: %s", (services, serviceName, wanted) => {
    expect(wants(services, serviceName)).toBe(wanted);
  });

  test("a collector that is not enabled wants nothing", () => {
    expect(wants(["*"], "sqrt", false)).toBe(false);
  });
});

test("a masked secret tells two apart and is too little to sign with", () => {
  expect(maskSecret("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")).toBe("whsec_MfKQ…");
  expect(maskSecret("whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD")).toBe("whsec_C2FV…");
});
