import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { CollectorStore } from "../../shared/collectors/collector-store.ts";
import type { Collector } from "../../shared/collectors/kinds.ts";
import { type Cli, cliOf } from "../support/cli.ts";
import { pyroscopeAt, SECRET, webhookTo } from "../support/collectors.ts";
import { type HandEdits, openHandEdits } from "../support/hand-edits.ts";
import { startWorld, type World } from "../support/world.ts";

const URL = "http://127.0.0.1:9000/hook";
const ARN = "arn:aws:secretsmanager:eu-central-1:123456789012:secret:flashpoint/hook-AbCdEf";
const ANY_SECRET = /whsec_[A-Za-z0-9+/]{32,}={0,2}/;

let world: World;
let cli: Cli;
let hand: HandEdits;
let store: CollectorStore;

beforeAll(async () => {
  world = await startWorld();
  cli = cliOf(world);
  hand = openHandEdits(world);
  store = world.services.collectorStore;
});
afterAll(async () => {
  hand.close();
  await world.stop();
});

async function storedCollector(name: string) {
  const stored = await store.get(name);
  if (!stored?.ok) throw new Error(`${name} is no valid collector: ${JSON.stringify(stored)}`);
  return stored.collector;
}

describe("collectors rotate", () => {
  const rotate = (...args: string[]) => cli(["collectors", "rotate", ...args]);

  it("makes a new secret, shows it once, and keeps the one before for a day", async () => {
    await store.put(webhookTo(URL, { name: "turning", headers: { "x-team": "a" } }));
    const before = Date.now();
    const { code, stdout, stderr } = await rotate("turning");
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    const [, until = ""] =
      /^turning: secret rotated; until (\S+) events are signed with the one before too$/m.exec(stdout) ?? [];
    expect(Date.parse(until)).toBeGreaterThanOrEqual(before + 86_400_000);
    expect(Date.parse(until)).toBeLessThanOrEqual(Date.now() + 86_400_000);
    const secret = ANY_SECRET.exec(stdout)?.[0] ?? "";
    expect(secret).not.toBe(SECRET);
    expect(stdout).toContain(`\nsecret, shown this once: ${secret}\n`);
    const rotated = { secret, previousSecret: SECRET, previousSecretUntil: until, headers: { "x-team": "a" } };
    expect(await storedCollector("turning")).toEqual(webhookTo(URL, { name: "turning", ...rotated }));
    const listed = (await cli(["--json", "collectors", "list"])).stdout;
    expect(listed).toContain(until);
    expect(listed).not.toMatch(ANY_SECRET);
  });

  it("takes a secret from standard input and a time, and then shows no secret", async () => {
    await store.put(webhookTo(URL, { name: "given-turn" }));
    const next = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD";
    const { code, stdout } = await cli(
      ["--json", "collectors", "rotate", "given-turn", "--secret", "-", "--keep", "90m"],
      `${next}\n`,
    );
    expect(code).toBe(0);
    expect(stdout).not.toMatch(ANY_SECRET);
    const { previousSecretUntil = "" } = JSON.parse(stdout);
    const minutes = (Date.parse(previousSecretUntil) - Date.now()) / 60_000;
    expect(minutes).toBeGreaterThan(88);
    expect(minutes).toBeLessThanOrEqual(90);
    expect(await storedCollector("given-turn")).toMatchObject({ secret: next, previousSecret: SECRET });
  });

  it("shows nothing but the new secret in JSON, and is over at once where a secret is set instead", async () => {
    const headers = { authorization: "Bearer hunter2" };
    await store.put(webhookTo(URL, { name: "cut", headers }));
    const { stdout } = await cli(["--json", "collectors", "rotate", "cut"]);
    expect(JSON.parse(stdout)).toMatchObject({
      secret: expect.stringMatching(ANY_SECRET),
      previousSecret: "whsec_MfKQ…",
      headers: { authorization: "…" },
    });
    const next = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD";
    expect((await cli(["collectors", "set", "cut", "--service", "a*"])).code).toBe(0);
    expect(await storedCollector("cut")).toMatchObject({ previousSecret: SECRET });
    expect((await cli(["collectors", "set", "cut", "--secret", next])).code).toBe(0);
    expect(await hand.get("collectors", { name: { S: "cut" } })).not.toHaveProperty("previousSecret");
    expect(await storedCollector("cut")).toEqual(
      webhookTo(URL, { name: "cut", secret: next, services: ["a*"], headers }),
    );
  });

  it.each<[string, Collector, string]>([
    [
      "a Pyroscope",
      pyroscopeAt(URL, { name: "unturned" }),
      "kind is pyroscope, which signs nothing; `npx flashpoint --local collectors set unturned` changes",
    ],
    [
      "a secret in Secrets Manager",
      webhookTo(URL, { name: "unturned", secret: ARN }),
      "secret lies in AWS Secrets Manager: rotate it there",
    ],
  ])("refuses %s and says what to do", async (_, collector, problem) => {
    await store.put(collector);
    const { code, stdout, stderr } = await rotate("unturned");
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    expect(stderr).toContain(problem);
  });

  it("refuses a secret that is none, the one that is there, a time that is none, and a name that is none", async () => {
    await store.put(webhookTo(URL, { name: "same" }));
    for (const [args, problem, expected] of [
      [["same", "--secret", "hunter2"], "secret takes whsec_", 2],
      [["same", "--secret", SECRET], "secret is this one already", 2],
      [["same", "--keep", "soon"], "option '--keep' takes 1m to 30d, for instance 90m, 24h or 7d", 2],
      [["same", "--keep", "31d"], "takes 1m to 30d", 2],
      [["same", "--keep", "0m"], "takes 1m to 30d", 2],
      [["same", "--keep", "59s"], "takes 1m to 30d", 2],
      [["nobody"], "there is no collector named nobody", 1],
    ] as const) {
      const { code, stdout, stderr } = await rotate(...args);
      expect({ code, stdout }).toEqual({ code: expected, stdout: "" });
      expect(stderr).toContain(problem);
      expect(stderr).not.toMatch(/hunter2|whsec_M/);
    }
    expect(await storedCollector("same")).toEqual(webhookTo(URL, { name: "same" }));
  });
});
