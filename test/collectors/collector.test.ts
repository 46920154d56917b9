import { create } from "@bufbuild/protobuf";
import { describe, expect, test } from "vitest";
import {
  type Collector,
  maskSecret,
  recipientOf,
  validateCollector,
  wantsTask,
} from "../../shared/collectors/collector.ts";
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
      // No bytes have 33 or 34 characters of base64, nor stray bits behind them, nor padding that is not needed.
      `whsec_${"A".repeat(33)}`,
      `whsec_${"A".repeat(34)}`,
      `whsec_${"A".repeat(33)}=`,
      `whsec_${"A".repeat(32)}=`,
      `whsec_${"A".repeat(33)}B==`,
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

describe("the recipient that an item means", () => {
  test("has the item's name, switch and globs, whatever else is wrong with it", () => {
    const item = { name: "The Pager", url: 7, secret: "", enabled: false, services: ["a*", "!ab"] };
    expect(recipientOf("The Pager", item)).toEqual({ name: "The Pager", enabled: false, services: ["a*", "!ab"] });
    const ofSet = recipientOf("pager", { enabled: true, services: new Set(["a*"]) });
    expect(ofSet).toEqual({ name: "pager", enabled: true, services: ["a*"] });
  });

  test.each([undefined, null, "a*", 7, {}, [], ["a*", 7], ["a*", ""], ["!"], new Set(), Array(101).fill("a*")])(
    "gets every service's tasks where services is %j, so that none is lost until it is mended",
    (services) => {
      const recipient = recipientOf("pager", { ...COLLECTOR, services });
      expect(recipient).toEqual({ name: "pager", enabled: true, services: ["*"] });
      expect(wantsTask(recipient, create(ProfilingTaskSchema, { serviceName: "sqrt" }))).toBe(true);
    },
  );

  test.each(["no", 0, null, undefined, "false"])(
    "is enabled where enabled is %j: only false switches off",
    (enabled) => {
      expect(recipientOf("pager", { ...COLLECTOR, enabled }).enabled).toBe(true);
    },
  );
});

test("a masked secret tells two apart and is too little to sign with", () => {
  expect(maskSecret("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")).toBe("whsec_MfKQ…");
  expect(maskSecret("whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD")).toBe("whsec_C2FV…");
});
