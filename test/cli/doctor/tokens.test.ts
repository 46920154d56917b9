import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { tokenHash, tokenId } from "../../../shared/access/token.ts";
import { runDoctor } from "../../support/doctor.ts";
import { doorEnvironment } from "../../support/door-environment.ts";
import { runProgram } from "../../support/server-process.ts";
import { issueToken, newToken } from "../../support/tokens.ts";
import { startWorld, temporaryFolder, type World } from "../../support/world.ts";

let world: World;
let folder: Awaited<ReturnType<typeof temporaryFolder>>;
let env: Record<string, string>;

beforeAll(async () => {
  world = await startWorld({ FLASHPOINT_REQUIRE_TOKEN: "true" });
  folder = await temporaryFolder();
  env = doorEnvironment(world);
});
afterAll(async () => {
  await world.stop();
  await folder.remove();
});

/** The lines about tokens, with this one tried. */
async function tried(token: string): Promise<{ code: number | null; lines: string[] }> {
  const { code, of } = await runDoctor(["--local", "doctor", "--token-file", "-"], { env, stdin: `${token}\n` });
  return { code, lines: of("tokens").map(({ status, detail }) => `${status}: ${detail}`) };
}
const idOf = (token: string): string => tokenId(tokenHash(token));

describe("doctor, where tokens are asked for", { timeout: 60_000 }, () => {
  it("says so of both doors, and that nobody gets in while none is in force", async () => {
    const { code, of } = await runDoctor(["--local", "doctor"], { env });
    expect(code).toBe(1);
    expect(of("door").map(({ status, detail }) => [status, detail])).toEqual([
      ["ok", expect.stringMatching(/^HTTP \S+ answers in \d+ ms and asks every call for a token$/)],
      ["ok", expect.stringMatching(/^gRPC \S+ answers in \d+ ms and asks every call for a token$/)],
    ]);
    expect(of("tokens")).toEqual([
      {
        name: "tokens",
        status: "failed",
        detail: "a token is asked for, and none is in force: no agent gets in",
        advice: "`npx flashpoint --local tokens create NAME`",
      },
    ]);
  });

  it("says for what a token is good that the doors take, and warns of one that ends soon", async () => {
    const token = await issueToken(world.services.tokenStore, { services: ["shop::*"] });
    const soon = await issueToken(world.services.tokenStore, {
      expiresAt: new Date(Date.now() + 90_000_000).toISOString(),
    });
    expect(await tried(token)).toEqual({
      code: 0,
      lines: [
        "ok: 2 in force, and asked for",
        expect.stringMatching(new RegExp(`^warning: rover \\(${idOf(soon)}\\) ends in 25 h$`)),
        `ok: the given token, rover (${idOf(token)}), is taken for shop::*, until it is revoked`,
      ],
    });
  });

  it("says of a token that is not taken why", async () => {
    const revokedAt = "2026-01-31T12:00:00.000Z";
    const revoked = await issueToken(world.services.tokenStore, { revokedAt });
    const ended = await issueToken(world.services.tokenStore, { expiresAt: revokedAt });
    const unknown = newToken();
    for (const [token, why] of [
      [revoked, `failed: the given token, rover (${idOf(revoked)}), is revoked since ${revokedAt}`],
      [ended, `failed: the given token, rover (${idOf(ended)}), is expired since ${revokedAt}`],
      [unknown, `failed: the given token (${idOf(unknown)}) is not known here`],
      ["fp_mistyped", "failed: the given text is no token, or mistyped"],
    ] as const) {
      const { code, lines } = await tried(token);
      expect({ code, last: lines.at(-1) }).toEqual({ code: 1, last: why });
    }
  });

  it("takes a token from a file and shows it nowhere; a file that cannot be read is wrong usage", async () => {
    const token = await issueToken(world.services.tokenStore, {});
    const file = join(folder.path, "token");
    await writeFile(file, token);
    const { code, stdout, stderr } = await runProgram(["cli/main.ts", "--local", "doctor", "--token-file", file], {
      env,
    });
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(stdout).toContain(`rover (${idOf(token)}), is taken for all services`);
    expect(stdout).not.toContain(token);
    const missing = await runProgram(["cli/main.ts", "--local", "doctor", "--token-file", `${file}.not`], { env });
    expect({ code: missing.code, stdout: missing.stdout }).toEqual({ code: 2, stdout: "" });
    expect(missing.stderr).toContain("--token-file cannot be read: ENOENT");
  });
});
