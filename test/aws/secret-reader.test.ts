import { expect, onTestFinished, test, vi } from "vitest";
import { createSecretReader } from "../../shared/aws/secret-reader.ts";
import { Unavailable } from "../../shared/errors.ts";
import { environmentFor, startSecretsManagerDouble } from "../support/secrets-manager-double.ts";
import { until } from "../support/until.ts";

const ARN = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:flashpoint/hook-AbCdEf";
const NAME = "flashpoint/hook-AbCdEf";
const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const NOW = Date.UTC(2026, 1, 3, 4, 5, 6);

/** A Secrets Manager, a reader in front of it, and a clock for both. */
async function secretsManager() {
  const double = await startSecretsManagerDouble();
  for (const [name, value] of Object.entries(environmentFor(double))) vi.stubEnv(name, value);
  let at = NOW;
  const reader = createSecretReader({ now: () => at });
  onTestFinished(async () => {
    reader.close();
    vi.unstubAllEnvs();
    await double.close();
  });
  const pass = (ms: number): void => {
    at += ms;
  };
  return { double, read: reader.read, pass };
}

test("a secret is read in the region of its ARN, at the address that the environment names", async () => {
  const { double, read } = await secretsManager();
  double.put(ARN, { current: { value: "hunter2" } });
  expect(await read(ARN)).toEqual({ current: "hunter2" });
  expect(double.requests).toEqual([{ secretId: ARN, stage: "AWSCURRENT", region: "eu-west-1" }]);
  const other = ARN.replace("eu-west-1", "us-gov-east-1");
  double.put(other, { current: { value: "hunter3" } });
  expect(await read(other)).toEqual({ current: "hunter3" });
  expect(double.requests.at(-1)).toMatchObject({ region: "us-gov-east-1" });
});

test("what it was before counts until it is 24 hours that it has been changed", async () => {
  const { double, read, pass } = await secretsManager();
  const previous = { value: "old" };
  double.put(ARN, { current: { value: "new", createdAt: NOW - 23 * HOUR }, previous });
  expect(await read(ARN)).toEqual({ current: "new", previous: { value: "old", until: NOW + HOUR } });
  pass(HOUR);
  expect(await read(ARN)).toEqual({ current: "new" });
});

test("of a secret that was just made there is nothing before", async () => {
  const { double, read } = await secretsManager();
  double.put(ARN, { current: { value: "new", createdAt: NOW - 1_000 } });
  expect(await read(ARN)).toEqual({ current: "new" });
  expect(double.requests.map(({ stage }) => stage)).toEqual(["AWSCURRENT", "AWSPREVIOUS"]);
});

test.each(["hunter2\n", "hunter2\r\n"])("one line end behind it does not count (%j)", async (value) => {
  const { double, read } = await secretsManager();
  double.put(ARN, { current: { value } });
  expect(await read(ARN)).toEqual({ current: "hunter2" });
});

test("a secret is asked for once in five minutes, however many ask at once, each secret by itself", async () => {
  const { double, read, pass } = await secretsManager();
  double.put(ARN, { current: { value: "one" } });
  double.put(`${ARN}2`, { current: { value: "two" } });
  const found = await Promise.all([read(ARN), read(ARN), read(`${ARN}2`), read(ARN)]);
  expect(found.map(({ current }) => current)).toEqual(["one", "one", "two", "one"]);
  double.put(ARN, { current: { value: "changed" } });
  pass(5 * 60_000 - 1_000);
  expect(await read(ARN)).toEqual({ current: "one" });
  expect(double.requests).toHaveLength(2);
  pass(2_000);
  expect(await read(ARN)).toEqual({ current: "changed" });
  expect(double.requests).toHaveLength(3);
});

test("a failure is remembered for seconds, and then it is asked again", async () => {
  const { double, read, pass } = await secretsManager();
  const reason = `secret ${NAME} cannot be read: ResourceNotFoundException`;
  for (const _ of [1, 2]) await expect(read(ARN)).rejects.toThrow(new Unavailable(reason));
  expect(double.requests).toHaveLength(1);
  double.put(ARN, { current: { value: "there" } });
  pass(6_000);
  expect(await read(ARN)).toEqual({ current: "there" });
});

test.each(["AccessDeniedException", "InvalidRequestException", "DecryptionFailure", "ValidationException"])(
  "%s is named, and nothing that came with it",
  async (error) => {
    const { double, read } = await secretsManager();
    double.fail({ error });
    const failure = await read(ARN).catch((thrown) => thrown);
    expect(failure).toBeInstanceOf(Unavailable);
    expect(failure.message).toBe(`secret ${NAME} cannot be read: ${error}`);
  },
);

test("if what it was before may not be read, it is not taken for a secret that was never changed", async () => {
  const { double, read } = await secretsManager();
  double.put(ARN, { current: { value: "new", createdAt: NOW - HOUR }, previous: { value: "old" } });
  double.fail({ error: "AccessDeniedException" }, "AWSPREVIOUS");
  await expect(read(ARN)).rejects.toThrow(`secret ${NAME} cannot be read: AccessDeniedException`);
});

test("a Secrets Manager that does not answer is given up within seconds", async () => {
  const { double, read } = await secretsManager();
  double.fail("hang");
  const startedAt = performance.now();
  await expect(read(ARN)).rejects.toThrow(/^secret flashpoint\/hook-AbCdEf cannot be read: Secrets Manager /);
  expect(performance.now() - startedAt).toBeLessThan(5_000);
});

test("a Secrets Manager that is away is said to be", async () => {
  const { double, read } = await secretsManager();
  await double.close();
  await expect(read(ARN)).rejects.toThrow(`secret ${NAME} cannot be read: Secrets Manager cannot be reached`);
});

test("a secret of bytes is no text", async () => {
  const { double, read } = await secretsManager();
  double.put(ARN, { current: { value: new Uint8Array([1, 2]) } });
  await expect(read(ARN)).rejects.toThrow(`secret ${NAME} cannot be read: it holds bytes, not text`);
});

test("closing while a secret is read ends what is open", async () => {
  const { double } = await secretsManager();
  double.put(ARN, { current: { value: "hunter2", createdAt: NOW - 2 * DAY } });
  const reader = createSecretReader({ now: () => NOW });
  const reading = reader.read(ARN);
  await until("it asks", () => double.requests.length > 0 || undefined);
  reader.close();
  await reading.catch(() => {}); // either way, but it ends
});
