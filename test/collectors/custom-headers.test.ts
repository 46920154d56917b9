import { describe, expect, test } from "vitest";
import type { Collector } from "../../shared/collectors/kinds.ts";
import { validateCollector } from "../../shared/collectors/validate-collector.ts";
import { pyroscopeAt, USUAL, webhookTo } from "../support/collectors.ts";

const URL = "https://collector.example.com/";
const ARN = "arn:aws:secretsmanager:eu-central-1:123456789012:secret:flashpoint/hook-AbCdEf";
const HOOK = webhookTo(URL, { name: "hook" });

function faultsOf(headers: unknown, collector: Collector = HOOK) {
  const validated = validateCollector({ ...collector, headers });
  return validated.ok ? [] : validated.faults;
}

function headersOf(headers: unknown) {
  const validated = validateCollector({ ...HOOK, headers });
  return validated.ok ? validated.collector.headers : undefined;
}

test("names are kept in small letters, values as they are", () => {
  const headers = { "X-Team": "a", Authorization: "Bearer hunter2 ", cookie: "a=b; c", "x_y.z": "~!@#$%^&*()" };
  expect(faultsOf(headers)).toEqual([{ path: "headers.authorization", problem: expect.stringContaining("blanks") }]);
  expect(headersOf({ ...headers, Authorization: "Bearer hunter2" })).toEqual({
    "x-team": "a",
    authorization: "Bearer hunter2",
    cookie: "a=b; c",
    "x_y.z": "~!@#$%^&*()",
  });
});

describe("a header that HTTP or Flashpoint sets is refused by its name:", () => {
  test.each([
    ...["Host", "connection", "keep-alive", "transfer-encoding", "te", "trailer", "upgrade", "expect", "user-agent"],
    ...["content-type", "Content-Length", "content-encoding", "accept-encoding", "proxy-authorization"],
    ...[
      "webhook-id",
      "webhook-signature",
      "ce-id",
      "ce-anything",
      "grpc-timeout",
      "x-grpc-web",
      "connect-protocol-version",
      "flashpoint-event-id",
    ],
  ])("%s", (name) => {
    const path = `headers.${name.toLowerCase()}`;
    const problem = "is set by Flashpoint or by HTTP itself: leave it out, or take another name";
    expect(faultsOf({ [name]: "hunter2", "x-team": "a" })).toEqual([{ path, problem }]);
  });

  test("what looks similar is not", () => {
    const headers = {
      hosts: "1",
      "x-content-type": "1",
      webhook: "1",
      cell: "1",
      "x-host": "1",
      "accept-language": "1",
    };
    expect(headersOf(headers)).toEqual(headers);
  });
});

describe("what a kind has an attribute for is refused, and the attribute named:", () => {
  const flames = pyroscopeAt(URL, { name: "flames" });
  const login = pyroscopeAt(URL, { name: "flames", username: "ada", password: "pw" });
  const oap: Collector = { ...USUAL, name: "oap", kind: "skywalking", url: URL, events: ["tasks"] };

  test.each<[string, Collector, string]>([
    ["x-scope-orgid", flames, "tenant"],
    ["authorization", login, "username"],
    ["authentication", oap, "authentication"],
  ])("%s", (name, collector, attribute) => {
    const problem = `is what ${attribute} sets: set that instead`;
    expect(faultsOf({ [name]: "hunter2" }, collector)).toEqual([{ path: `headers.${name}`, problem }]);
  });

  test("other kinds may have it, and a Pyroscope without a user its own authorization", () => {
    expect(faultsOf({ "x-scope-orgid": "a", authorization: "b", authentication: "c" })).toEqual([]);
    expect(faultsOf({ authorization: "Bearer a" }, flames)).toEqual([]);
  });
});

describe("a name is refused that is none:", () => {
  test.each(["", " ", "x team", "x:team", "x(team)", "x\nteam", "ünï", "x".repeat(101)])("%j", (name) => {
    expect(faultsOf({ [name]: "1" })).toEqual([
      { path: expect.stringMatching(/^headers\./), problem: expect.stringContaining("letters, digits") },
    ]);
  });

  test("also one that gRPC takes for bytes", () => {
    expect(faultsOf({ "x-key-bin": "1" })).toMatchObject([{ path: "headers.x-key-bin" }]);
  });

  test("one that comes twice, written differently", () => {
    expect(faultsOf({ "x-key": "1", "X-Key": "2" })).toEqual([
      { path: "headers.x-key", problem: "comes twice, written differently: leave one out" },
    ]);
  });

  test("__proto__ is one like any other", () => {
    const headers = headersOf(JSON.parse('{"__proto__": "1"}')) ?? {};
    expect(Object.entries(headers)).toEqual([["__proto__", "1"]]);
  });
});

describe("a value is refused, and not repeated:", () => {
  test.each(["", " hunter2", "hunter2\r\nx-evil: 1", "hünter2", "hunter2\u0000", "hunter2😀", 7, null, ["hunter2"]])(
    "%j",
    (value) => {
      const faults = faultsOf({ "x-key": value });
      expect(faults).toEqual([{ path: "headers.x-key", problem: expect.stringContaining("printable ASCII") }]);
      expect(JSON.stringify(faults)).not.toMatch(/h.nter2/);
    },
  );

  test("of 2049 characters; 2048 are well", () => {
    expect(faultsOf({ "x-key": "x".repeat(2_048) })).toEqual([]);
    expect(faultsOf({ "x-key": "x".repeat(2_049) })).toMatchObject([{ path: "headers.x-key" }]);
  });
});

test("there may be 20 headers, not more", () => {
  const headers = Object.fromEntries(Array.from({ length: 21 }, (_, index) => [`x-${index}`, "1"]));
  expect(faultsOf(headers)).toEqual([{ path: "headers", problem: "has 21 headers; it takes 20 at most" }]);
});

describe("the ARN of a secret may stand in for a value,", () => {
  test.each([
    ARN,
    "arn:aws-cn:secretsmanager:cn-north-1:123456789012:secret:a",
    "arn:aws-us-gov:secretsmanager:us-gov-west-1:123456789012:secret:a/_+=.@-b",
  ])("as %s", (arn) => {
    expect(headersOf({ "x-key": arn })).toEqual({ "x-key": arn });
    expect(validateCollector({ ...HOOK, secret: arn })).toMatchObject({ ok: true });
  });

  test.each([
    "arn:aws:secretsmanager:eu-central-1:12345:secret:a",
    "arn:aws:secretsmanager:eu-central-1:123456789012:a",
    "arn:aws:secretsmanager:eu-central-1:123456789012:secret:",
    "arn:aws:secretsmanager:eu-central-1:123456789012:secret:a b",
    "arn:aws:secretsmanager::123456789012:secret:a",
    "arn:aws:secretsmanager:evil.example.com/:123456789012:secret:a",
    "arn:gcp:secretsmanager:eu-central-1:123456789012:secret:a",
    `${ARN}:key`,
  ])("and what is almost one is refused wherever a secret goes: %s", (arn) => {
    expect(faultsOf({ "x-key": arn })).toEqual([
      { path: "headers.x-key", problem: expect.stringContaining("takes an ARN of AWS Secrets Manager") },
    ]);
    const login = pyroscopeAt(URL, { name: "flames", username: "ada", password: arn });
    expect(validateCollector({ ...login })).toEqual({
      ok: false,
      faults: [{ path: "password", problem: expect.stringContaining("takes an ARN of AWS Secrets Manager") }],
    });
    const hook = validateCollector({ ...HOOK, secret: arn });
    expect(hook).toMatchObject({ ok: false, faults: [{ path: "secret" }] });
  });
});
