import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { isToken, tokenHash } from "../../shared/access/token.ts";
import { startAnswerLoser } from "../support/answer-loser.ts";
import { type Cli, cliOf, steersTerminal } from "../support/cli.ts";
import { type HandEdits, openHandEdits } from "../support/hand-edits.ts";
import { startWorld, type World } from "../support/world.ts";

const DAY_MS = 86_400_000;

let world: World;
let empty: World;
let cli: Cli;
let hand: HandEdits;

beforeAll(async () => {
  [world, empty] = await Promise.all([startWorld(), startWorld()]);
  cli = cliOf(world);
  hand = openHandEdits(world);
});
afterAll(async () => {
  hand.close();
  await Promise.all([world.stop(), empty.stop()]);
});

const list = async () => JSON.parse((await cli(["--json", "tokens", "list"])).stdout);
const stored = async (name: string) => (await world.services.tokenStore.list()).filter((token) => token.name === name);

/** Makes a token. @returns it, and its id. */
async function make(name: string, ...options: string[]): Promise<{ token: string; id: string }> {
  const { code, stdout } = await cli(["tokens", "create", name, ...options]);
  expect(code).toBe(0);
  return { token: stdout.trimEnd(), id: tokenHash(stdout.trimEnd()).slice(0, 12) };
}

describe("tokens create", () => {
  it("prints the token alone, says on standard error what it is, and keeps only its hash", async () => {
    const { code, stdout, stderr } = await cli(["tokens", "create", "cluster-a"]);
    expect(code).toBe(0);
    const token = stdout.slice(0, -1);
    expect(stdout).toBe(`${token}\n`);
    expect(isToken(token)).toBe(true);
    const id = tokenHash(token).slice(0, 12);
    expect(stderr).toContain(`cluster-a: token ${id} made, shown this once; `);
    expect(stderr).toContain(`\`npx flashpoint --local tokens revoke ${id}\` ends it`);
    expect(stderr).toContain("ROVER_BACKEND_AUTHENTICATION");
    expect(stderr).not.toContain(token);
    const kept = await stored("cluster-a");
    expect(kept).toEqual([{ tokenHash: tokenHash(token), name: "cluster-a", createdAt: expect.any(String) }]);
    expect(JSON.stringify(await hand.get("tokens", { tokenHash: { S: tokenHash(token) } }))).not.toContain("fp_");
  });

  it("makes another one each time", async () => {
    const made = await Promise.all([make("one"), make("two"), make("three")]);
    expect(new Set(made.map(({ token }) => token)).size).toBe(3);
  });

  it("notes when it expires", async () => {
    const before = Date.now();
    const { stderr } = await cli(["tokens", "create", "expiring", "--expires", "90d"]);
    const [token] = await stored("expiring");
    const expiresAt = Date.parse(token?.expiresAt ?? "");
    expect(expiresAt).toBeGreaterThanOrEqual(before + 90 * DAY_MS);
    expect(expiresAt).toBeLessThanOrEqual(Date.now() + 90 * DAY_MS);
    expect(stderr).toContain(`expires ${token?.expiresAt}; `);
  });

  it("narrows a token to the services that are named, and says so", async () => {
    const { code, stdout, stderr } = await cli([
      "tokens",
      "create",
      "narrow",
      "--service",
      "shop::*",
      "--service",
      "!shop::admin",
    ]);
    expect(code).toBe(0);
    expect(stderr).toContain("made, shown this once; speaks for shop::*, !shop::admin alone; ");
    const [kept] = await stored("narrow");
    expect(kept).toMatchObject({ tokenHash: tokenHash(stdout.trimEnd()), services: ["shop::*", "!shop::admin"] });
    const json = JSON.parse((await cli(["--json", "tokens", "create", "narrow-too", "--service", "cart"])).stdout);
    expect(json).toMatchObject({ name: "narrow-too", services: ["cart"] });
  });

  it("prints JSON for programs, and nothing else", async () => {
    const { code, stdout, stderr } = await cli(["--json", "tokens", "create", "for-programs", "--expires", "1m"]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    const { token, ...rest } = JSON.parse(stdout);
    expect(isToken(token)).toBe(true);
    const [{ createdAt, expiresAt } = { createdAt: "", expiresAt: "" }] = await stored("for-programs");
    const id = tokenHash(token).slice(0, 12);
    expect(rest).toEqual({
      id,
      name: "for-programs",
      state: "active",
      services: null,
      createdAt,
      expiresAt,
      revokedAt: null,
    });
  });

  it("lets two of one name be in force, and says which to end before a third", async () => {
    const [first, second] = [await make("turning"), await make("turning")];
    const { code, stdout, stderr } = await cli(["tokens", "create", "turning"]);
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    expect(stderr).toContain(
      `2 tokens named turning are in force already; \`npx flashpoint --local tokens revoke ${first.id}\` ends the oldest`,
    );
    expect((await cli(["tokens", "revoke", first.id])).code).toBe(0);
    const third = await make("turning");
    const states = (await list()).filter(({ name }: { name: string }) => name === "turning");
    expect(states.map(({ id, state }: { id: string; state: string }) => [id, state])).toEqual([
      [first.id, "revoked"],
      [second.id, "active"],
      [third.id, "active"],
    ]);
  });

  it("says which token may have been made where DynamoDB does not say whether it was", async () => {
    const { engines } = world.server;
    const { port } = await startAnswerLoser({ port: engines.dynamodb.port, operation: "PutItem", answers: 2 });
    const aws = { ...engines.aws, dynamodbEndpoint: `http://127.0.0.1:${port}` };
    const behind = cliOf({ server: { engines: { ...engines, aws } } });
    const { code, stdout, stderr } = await behind(["tokens", "create", "undecided"]);
    expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
    const [{ tokenHash: hash } = { tokenHash: "" }] = await stored("undecided");
    const id = hash.slice(0, 12);
    expect(stderr).toContain(`token ${id} may have been made, though nobody has seen it; `);
    expect(stderr).toContain(
      `\`npx flashpoint --local tokens list\` shows it then, and \`npx flashpoint --local tokens revoke ${id}\` ends it: DynamoDB `,
    );
    expect((await cli(["tokens", "revoke", id])).code).toBe(0);
  });

  it("refuses a name that cannot be one and a time that is none, and makes nothing", async () => {
    const before = (await world.services.tokenStore.list()).length;
    for (const [args, problem] of [
      [["Cluster A"], "name takes lower-case letters, digits, dots, dashes and underscores, 64 at most"],
      [["deadbeef"], 'name is "deadbeef", which reads like an id'],
      [["short", "--service", ""], '--service takes 1 to 100 globs, of 16 KiB together, for instance "shop::*"'],
      [["short", "--service", "!"], '--service takes 1 to 100 globs, of 16 KiB together, for instance "shop::*"'],
      [["short", "--expires", "59s"], "option '--expires' takes 1m to 3650d, for instance 12h or 90d"],
      [["short", "--expires", "3651d"], "takes 1m to 3650d"],
      [["short", "--expires", "soon"], "takes 1m to 3650d"],
      [[], "missing required argument 'name'"],
    ] as const) {
      const { code, stdout, stderr } = await cli(["tokens", "create", ...args]);
      expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
      expect(stderr).toContain(problem);
    }
    expect(await world.services.tokenStore.list()).toHaveLength(before);
  });
});

describe("tokens list", () => {
  it("shows each token's name, id and times and whether it is in force, but no token", async () => {
    const fixed = { name: { S: "listed" }, createdAt: { S: "2026-01-01T00:00:00.000Z" } };
    const put = (hash: string, times: Record<string, string>, services: Parameters<HandEdits["put"]>[1] = {}) =>
      hand.put("tokens", {
        ...services,
        tokenHash: { S: hash.padEnd(64, "0") },
        ...fixed,
        ...Object.fromEntries(Object.entries(times).map(([name, S]) => [name, { S }])),
      });
    await put("aaaaaaaaaaa1", {});
    const services = { services: { L: [{ S: "shop::*" }, { S: "cart" }] } };
    await put("aaaaaaaaaaa2", { expiresAt: "2026-01-02T00:00:00.000Z" }, services);
    const ended = { revokedAt: "2026-01-03T00:00:00.000Z", createdAt: "2026-01-01T00:00:00.001Z" };
    await put("aaaaaaaaaaa3", ended, { services: { S: "shop::*" } });
    const { code, stdout, stderr } = await cli(["tokens", "list"]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    const [headings, ...lines] = stdout.trimEnd().split("\n");
    expect(headings).toMatch(/^NAME +ID +SERVICES +CREATED +EXPIRES +STATE$/);
    const listed = lines.filter((line) => line.startsWith("listed ")).map((line) => line.split(/ {2,}/));
    expect(listed).toHaveLength(3);
    expect(listed).toEqual(
      expect.arrayContaining([
        ["listed", "aaaaaaaaaaa1", "*", "2026-01-01T00:00:00.000Z", "-", "active"],
        ["listed", "aaaaaaaaaaa2", "shop::*, cart", "2026-01-01T00:00:00.000Z", "2026-01-02T00:00:00.000Z", "expired"],
        [
          "listed",
          "aaaaaaaaaaa3",
          "none (not readable)",
          "2026-01-01T00:00:00.001Z",
          "-",
          "revoked 2026-01-03T00:00:00.000Z",
        ],
      ]),
    );
    expect(stdout).not.toContain("fp_");
    expect((await list()).find(({ id }: { id: string }) => id === "aaaaaaaaaaa2")).toEqual({
      id: "aaaaaaaaaaa2",
      name: "listed",
      state: "expired",
      services: ["shop::*", "cart"],
      createdAt: "2026-01-01T00:00:00.000Z",
      expiresAt: "2026-01-02T00:00:00.000Z",
      revokedAt: null,
    });
  });

  it("bears what hands have left there", async () => {
    await hand.put("tokens", { tokenHash: { S: "\u001b[2J" }, name: { N: "7" }, expiresAt: { BOOL: true } });
    const { code, stdout } = await cli(["tokens", "list"]);
    expect(code).toBe(0);
    expect(steersTerminal(stdout)).toBe(false);
  });

  it("says how to make one where there is none", async () => {
    const { stdout } = await cliOf(empty)(["tokens", "list"]);
    expect(stdout).toBe("There are no tokens; `npx flashpoint --local tokens create NAME` makes one.\n");
    expect((await cliOf(empty)(["--json", "tokens", "list"])).stdout).toBe("[]\n");
  });
});

describe("tokens revoke", () => {
  it("ends the one that is in force of a name, and says which", async () => {
    const { id } = await make("leaving");
    const { code, stdout, stderr } = await cli(["tokens", "revoke", "leaving"]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(stdout).toBe(`leaving: token ${id} revoked; servers that know it refuse it within a minute\n`);
    expect((await stored("leaving"))[0]?.revokedAt).toMatch(/^\d{4}-/);
  });

  it("ends the one of an id, and says if that was so already", async () => {
    const { token, id } = await make("by-id");
    const { stdout } = await cli(["--json", "tokens", "revoke", tokenHash(token).slice(0, 8)]);
    const [{ createdAt, revokedAt } = { createdAt: "", revokedAt: "" }] = await stored("by-id");
    const shown = { id, name: "by-id", state: "revoked", services: null, createdAt, expiresAt: null, revokedAt };
    expect(JSON.parse(stdout)).toEqual({ ...shown, wasRevoked: false });
    const again = await cli(["tokens", "revoke", id]);
    expect({ code: again.code, stdout: again.stdout }).toEqual({
      code: 0,
      stdout: `by-id: token ${id} was revoked already, ${revokedAt}\n`,
    });
    expect(await stored("by-id")).toMatchObject([{ revokedAt }]);
  });

  it("ends none of two of a name and asks which", async () => {
    const made = [await make("both"), await make("both")];
    const { code, stdout, stderr } = await cli(["tokens", "revoke", "both"]);
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    expect(stderr).toContain("2 tokens named both are in force; say which by its id: ");
    for (const { id } of made) expect(stderr).toContain(`${id} (created 2`);
    expect((await stored("both")).map(({ revokedAt }) => revokedAt)).toEqual([undefined, undefined]);
  });

  it("says that there is none, whatever is not in force", async () => {
    await make("gone");
    await cli(["tokens", "revoke", "gone"]);
    for (const name of ["nobody", "gone", "0123456789ab"]) {
      const { code, stdout, stderr } = await cli(["tokens", "revoke", name]);
      expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
      expect(stderr).toContain(`there is no token ${name} in force; \`npx flashpoint --local tokens list\` shows`);
    }
  });
});
