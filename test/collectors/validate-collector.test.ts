import { describe, expect, test } from "vitest";
import { type Collector, KINDS, kindNamed, maskSecrets } from "../../shared/collectors/kinds.ts";
import { validateCollector } from "../../shared/collectors/validate-collector.ts";
import { createLogger } from "../../shared/log.ts";
import { pyroscopeAt, SECRET, webhookTo } from "../support/collectors.ts";

const secretOf = (bytes: number) => `whsec_${Buffer.alloc(bytes, 7).toString("base64")}`;
const WEBHOOK: Collector = webhookTo("https://pager.example.com/flashpoint", { name: "pager" });
const PYROSCOPE: Collector = pyroscopeAt("https://profiles.example.com/pyroscope", { name: "flames" });
const ARN = "arn:aws:secretsmanager:eu-central-1:123456789012:secret:flashpoint/hook-AbCdEf";

function pathsOf(changes: Record<string, unknown>, collector = WEBHOOK): string[] {
  const validated = validateCollector({ ...collector, ...changes });
  return validated.ok ? [] : validated.faults.map(({ path }) => path);
}

test.each([WEBHOOK, PYROSCOPE, { ...PYROSCOPE, username: "ada", password: "hunter2", tenant: "team-a" }])(
  "a collector is valid as it stands, and only its known fields are kept (%#)",
  (collector) => {
    expect(validateCollector({ ...collector, note: "by ada" })).toEqual({ ok: true, collector });
  },
);

test("all but name, url and secret may be left out: a webhook that gets the tasks of every service and target", () => {
  const { name, url } = WEBHOOK;
  const secret = SECRET;
  expect(validateCollector({ name, url, secret })).toEqual({ ok: true, collector: WEBHOOK });
});

test("a Pyroscope that does not say gets the profiles of every service", () => {
  const { name, kind, url } = PYROSCOPE;
  expect(validateCollector({ name, kind, url })).toEqual({ ok: true, collector: PYROSCOPE });
});

test("attributes of another kind are no fault and are not kept", () => {
  const item = { ...PYROSCOPE, secret: "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw" };
  expect(validateCollector(item)).toEqual({ ok: true, collector: PYROSCOPE });
});

test("every fault is listed at once, and none repeats the secret", () => {
  const validated = validateCollector({
    name: "The Pager",
    url: "pager.example.com",
    enabled: "yes",
    services: [],
    events: [],
    targets: [],
    headers: { host: "hunter2-hunter2", "x-key": "hunter2\n" },
    timeoutSeconds: 0,
    secret: "hunter2-hunter2",
    previousSecret: "hunter2-hunter2",
    mode: "both",
  });
  const base = ["name", "url", "enabled", "services", "events", "targets"];
  const headers = ["headers.host", "headers.x-key"];
  const own = ["timeoutSeconds", "secret", "previousSecret", "previousSecretUntil", "mode"];
  expect(validated).toMatchObject({
    ok: false,
    faults: [...base, ...headers, ...own].map((path) => ({ path })),
  });
  expect(JSON.stringify(validated)).not.toContain("hunter2");
  const pyroscope = {
    ...PYROSCOPE,
    url: "https://example.com/?q",
    username: "a:b",
    password: "hunter2\n",
    tenant: "ü",
  };
  expect(validateCollector(pyroscope)).toMatchObject({
    ok: false,
    faults: ["url", "username", "password", "tenant"].map((path) => ({ path })),
  });
  expect(JSON.stringify(validateCollector(pyroscope))).not.toContain("hunter2");
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
    ...["WEBHOOK", "", null, 7, "constructor", "__proto__"].map((kind): [string, unknown] => ["kind", kind]),
    ...["", "/flashpoint", "ftp://a.example.com", "javascript:alert(1)", "https://ada:pw@a.example.com", 7, null].map(
      (url): [string, unknown] => ["url", url],
    ),
    ["url", `https://a.example.com/${"x".repeat(2_048)}`],
    ...["true", 1, null].map((enabled): [string, unknown] => ["enabled", enabled]),
    ...["*", [""], ["!"], [7], [], new Set(), null, Array(101).fill("*"), ["x".repeat(2_049)]].map(
      (services): [string, unknown] => ["services", services],
    ),
    ...["tasks", ["task"], ["tasks", "profile"], ["tasks", 7], [], new Set(), {}, null, 7].map(
      (events): [string, unknown] => ["events", events],
    ),
    ...["ON_CPU", ["on_cpu"], ["ON_CPU", "DISK"], ["ON_CPU", 7], [], new Set(), {}, null, 7].map(
      (targets): [string, unknown] => ["targets", targets],
    ),
    ...[0, -1, 16, 1.5, "10", null, Number.NaN, Number.POSITIVE_INFINITY, []].map((seconds): [string, unknown] => [
      "timeoutSeconds",
      seconds,
    ]),
    ...["x-team: a", ["x-team"], new Set(["x-team"]), null, 7, true].map((headers): [string, unknown] => [
      "headers",
      headers,
    ]),
    ...["", "Binary", "both", null, 7, []].map((mode): [string, unknown] => ["mode", mode]),
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
  ["events", ["profiles", "tasks", "profiles"]],
  ["events", new Set(["profiles"])],
  ["targets", ["NETWORK", "ON_CPU", "NETWORK"]],
  ["targets", new Set(["OFF_CPU"])],
  ["timeoutSeconds", 1],
  ["timeoutSeconds", 15],
  ["mode", "binary"],
  ["headers", {}],
  ["headers", Object.fromEntries(Array.from({ length: 20 }, (_, index) => [`x-${index}`, "1"]))],
  ["secret", ARN],
  ["secret", secretOf(24)],
  ["secret", secretOf(64)],
])("%s may be %j", (field, value) => {
  expect(pathsOf({ [field]: value })).toEqual([]);
});

test("sets of globs, events and targets, as DynamoDB keeps them, become lists", () => {
  const sets = { services: new Set(["a", "b-*"]), events: new Set(["profiles"]), targets: new Set(["NETWORK"]) };
  const lists = { services: ["a", "b-*"], events: ["profiles"], targets: ["NETWORK"] };
  expect(validateCollector({ ...WEBHOOK, ...sets })).toMatchObject({ ok: true, collector: lists });
});

describe("of a webhook's secret before,", () => {
  const until = "2026-02-03T04:05:06.789Z";
  const faultsOf = (previousSecret: unknown, previousSecretUntil: unknown) =>
    pathsOf({ previousSecret, previousSecretUntil });

  test.each([until, "2026-02-03T04:05Z", "2026-02-03T04:05:06+01:00"])("the end may be %s", (end) => {
    expect(faultsOf(SECRET, end)).toEqual([]);
  });

  test.each([undefined, null, "", "tomorrow", "2026-02-03", "2026-13-03T04:05:06Z", 1_770_091_506])(
    "the end has to be a time, and is none as %j",
    (end) => {
      expect(faultsOf(SECRET, end)).toEqual(["previousSecretUntil"]);
    },
  );

  test.each([null, "", "hunter2", ARN, secretOf(65)])("%j is none", (secret) => {
    expect(faultsOf(secret, until)).toEqual(["previousSecret"]);
  });
});

describe("of a Pyroscope, the fault is named for", () => {
  test.each<[string, unknown]>([
    ...["https://a.example.com/?x=1", "https://a.example.com/#x", "ftp://a.example.com"].map(
      (url): [string, unknown] => ["url", url],
    ),
    ...[["tasks"], ["tasks", "profiles"], new Set(["tasks"]), ["traces"]].map((events): [string, unknown] => [
      "events",
      events,
    ]),
    ...["", "a:b", "a\nb", "x".repeat(2_049), 7, null].map((username): [string, unknown] => ["username", username]),
    ...["", "a\u0000b", "x".repeat(2_049), 7, null].map((password): [string, unknown] => ["password", password]),
    ...["", "a b", "ä", "a\n", "x".repeat(151), 7, null].map((tenant): [string, unknown] => ["tenant", tenant]),
  ])("%s %j", (field, value) => {
    expect(pathsOf({ username: "ada", password: "hunter2", [field]: value }, PYROSCOPE)).toEqual([field]);
  });

  test("a password without its user, and a user without its password", () => {
    expect(pathsOf({ password: "hunter2" }, PYROSCOPE)).toEqual(["username"]);
    expect(pathsOf({ username: "ada" }, PYROSCOPE)).toEqual(["password"]);
  });
});

test.each<[string, unknown]>([
  ["username", "ädä x"],
  ["password", "pa:ss wörd"],
  ["tenant", "x".repeat(150)],
  ["tenant", "team-a|b!"],
])("%s of a Pyroscope may be %j", (field, value) => {
  expect(pathsOf({ username: "ada", password: "hunter2", [field]: value }, PYROSCOPE)).toEqual([]);
});

test("asking a Pyroscope for tasks is answered with what to do about it", () => {
  const validated = validateCollector({ ...PYROSCOPE, events: ["tasks", "profiles"] });
  expect(validated).toEqual({
    ok: false,
    faults: [{ path: "events", problem: 'has "tasks", but pyroscope takes only "profiles": leave out "tasks"' }],
  });
});

test("an ARN shows where a secret lies, and stays; a header's value shows nothing", () => {
  const headers = { "x-key": "hunter2", "x-other": ARN };
  const before = { previousSecret: "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD", previousSecretUntil: "2026-02-03T04:05Z" };
  expect(maskSecrets(webhookTo("https://a.example.com/", { name: "a", secret: ARN, headers, ...before }))).toEqual(
    webhookTo("https://a.example.com/", {
      name: "a",
      secret: ARN,
      headers: { "x-key": "…", "x-other": ARN },
      ...before,
      previousSecret: "whsec_C2FV…",
    }),
  );
});

test("a masked secret tells two webhooks apart and is too little to sign with", () => {
  const masked = (secret: string) => maskSecrets({ ...WEBHOOK, secret } as Collector);
  expect(masked("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")).toEqual({ ...WEBHOOK, secret: "whsec_MfKQ…" });
  expect(masked("whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD")).toEqual({ ...WEBHOOK, secret: "whsec_C2FV…" });
});

test("a masked password shows nothing, and where there is none, none is shown", () => {
  const login = { username: "ada", password: "hunter2" };
  expect(maskSecrets({ ...PYROSCOPE, ...login })).toEqual({ ...PYROSCOPE, username: "ada", password: "…" });
  expect(maskSecrets(PYROSCOPE)).toEqual(PYROSCOPE);
});

const SECRETS = Object.keys(KINDS).flatMap((name) =>
  Object.keys(kindNamed(name as keyof typeof KINDS).secrets).map((attribute) => [name, attribute] as const),
);

test("webhooks, Pyroscopes and OAPs have secrets", () => {
  expect(SECRETS).toEqual([
    ["webhook", "secret"],
    ["webhook", "previousSecret"],
    ["pyroscope", "password"],
    ["skywalking", "authentication"],
  ]);
});

test.each(SECRETS)("of a %s, %s is a known attribute that no log shows", (name, attribute) => {
  expect(kindNamed(name as keyof typeof KINDS).attributes).toContain(attribute);
  const lines: string[] = [];
  const log = createLogger("info", { write: (line) => lines.push(line) });
  log.info({ [attribute]: "hunter2", collector: { [attribute]: "hunter2" } }, "saved");
  expect(lines).toHaveLength(1);
  expect(lines.join()).not.toContain("hunter2");
});
