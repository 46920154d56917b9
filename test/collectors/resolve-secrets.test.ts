import { expect, onTestFinished, test, vi } from "vitest";
import { createSecretReader } from "../../shared/aws/secret-reader.ts";
import type { Collector } from "../../shared/collectors/kinds.ts";
import { createSecretResolver } from "../../shared/collectors/resolve-secrets.ts";
import { Unavailable } from "../../shared/errors.ts";
import { pyroscopeAt, SECRET, USUAL, webhookTo } from "../support/collectors.ts";
import { environmentFor, startSecretsManagerDouble, type Version } from "../support/secrets-manager-double.ts";

const arnOf = (name: string) => `arn:aws:secretsmanager:eu-central-1:123456789012:secret:${name}`;
const OLD_SECRET = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD";
const URL = "https://collector.example.com/";
const NOW = Date.UTC(2026, 1, 3, 4, 5, 6);

/** Resolves secrets out of a Secrets Manager that holds these, by name. */
async function resolverOf(secrets: Record<string, { current: Version; previous?: Version }>) {
  const double = await startSecretsManagerDouble();
  for (const [name, value] of Object.entries(environmentFor(double))) vi.stubEnv(name, value);
  for (const [name, versions] of Object.entries(secrets)) double.put(arnOf(name), versions);
  const reader = createSecretReader({ now: () => NOW });
  onTestFinished(async () => {
    reader.close();
    vi.unstubAllEnvs();
    await double.close();
  });
  return { double, resolve: createSecretResolver({ read: reader.read }) };
}

test("a collector without an ARN is left as it is, and nothing is asked", async () => {
  const { double, resolve } = await resolverOf({});
  const hook = webhookTo(URL, { name: "hook", headers: { "x-key": "hunter2" } });
  expect(await resolve(hook)).toEqual(hook);
  expect(double.requests).toEqual([]);
});

test.each<[string, Collector, Collector]>([
  [
    "a webhook's secret and its headers' values",
    webhookTo(URL, { name: "hook", secret: arnOf("signing"), headers: { "x-key": arnOf("key"), "x-team": "a" } }),
    webhookTo(URL, { name: "hook", secret: SECRET, headers: { "x-key": "Bearer 1", "x-team": "a" } }),
  ],
  [
    "a Pyroscope's password",
    pyroscopeAt(URL, { name: "flames", username: "ada", password: arnOf("password") }),
    pyroscopeAt(URL, { name: "flames", username: "ada", password: "hünter 2" }),
  ],
  [
    "what a SkyWalking OAP asks for",
    { ...USUAL, name: "oap", kind: "skywalking", url: URL, events: ["tasks"], authentication: arnOf("key") },
    { ...USUAL, name: "oap", kind: "skywalking", url: URL, events: ["tasks"], authentication: "Bearer 1" },
  ],
])("%s come from there", async (_, collector, resolved) => {
  const { resolve } = await resolverOf({
    signing: { current: { value: SECRET } },
    key: { current: { value: "Bearer 1" } },
    password: { current: { value: "hünter 2\n" } },
  });
  expect(await resolve(collector)).toEqual(resolved);
});

test("a webhook's secret that was changed within the last 24 hours comes with the one before", async () => {
  const current = { value: SECRET, createdAt: NOW - 3_600_000 };
  const { resolve } = await resolverOf({ signing: { current, previous: { value: OLD_SECRET } } });
  const hook = webhookTo(URL, { name: "hook", secret: arnOf("signing") });
  expect(await resolve(hook)).toMatchObject({
    secret: SECRET,
    previousSecret: OLD_SECRET,
    previousSecretUntil: "2026-02-04T03:05:06.000Z",
  });
});

test("what was no secret before it was mended keeps no event back", async () => {
  const current = { value: SECRET, createdAt: NOW - 3_600_000 };
  const { resolve } = await resolverOf({ signing: { current, previous: { value: "hunter2" } } });
  const hook = webhookTo(URL, { name: "hook", secret: arnOf("signing") });
  expect(await resolve(hook)).toEqual({ ...hook, secret: SECRET });
});

test("a password that was changed is just the new one", async () => {
  const current = { value: "new", createdAt: NOW - 3_600_000 };
  const { resolve } = await resolverOf({ password: { current, previous: { value: "old" } } });
  const flames = pyroscopeAt(URL, { name: "flames", username: "ada", password: arnOf("password") });
  expect(await resolve(flames)).toEqual({ ...flames, password: "new" });
});

test.each<[string, Collector]>([
  ["secret", webhookTo(URL, { name: "hook", secret: arnOf("bad") })],
  ["headers.x-key", webhookTo(URL, { name: "hook", headers: { "x-key": arnOf("bad") } })],
  ["password", pyroscopeAt(URL, { name: "flames", username: "ada", password: arnOf("bad") })],
])("what is not valid as %s is not used, and not told", async (path, collector) => {
  const { resolve } = await resolverOf({ bad: { current: { value: "hunter2\u0007\nhunter2" } } });
  const failure = await resolve(collector).catch((thrown) => thrown);
  expect(failure).toEqual(new Unavailable(`secret bad holds nothing that is valid as ${path}`));
});

test.each<[string, Collector]>([
  ["secret", webhookTo(URL, { name: "hook", secret: arnOf("far") })],
  ["headers.x-key", webhookTo(URL, { name: "hook", headers: { "x-key": arnOf("far") } })],
  ["password", pyroscopeAt(URL, { name: "flames", username: "ada", password: arnOf("far") })],
])("a secret that holds another's ARN is none as %s: ARNs are followed once", async (path, collector) => {
  const { resolve } = await resolverOf({ far: { current: { value: arnOf("signing") } } });
  await expect(resolve(collector)).rejects.toThrow(`secret far holds nothing that is valid as ${path}`);
});

test("a secret that cannot be read says so to whoever asked", async () => {
  const { double, resolve } = await resolverOf({});
  double.fail({ error: "AccessDeniedException" });
  const hook = webhookTo(URL, { name: "hook", headers: { "x-key": arnOf("key") } });
  await expect(resolve(hook)).rejects.toThrow(new Unavailable("secret key cannot be read: AccessDeniedException"));
});
