import { cp, readFile, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { runProgram } from "../../support/server-process.ts";
import { temporaryFolder } from "../../support/world.ts";

const ROOT = new URL("../../..", import.meta.url).pathname;

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
/** The project again, with entries of its lock file changed; undefined takes one out. */
async function projectWith(changes: Record<string, object | undefined>): Promise<string> {
  const lock = JSON.parse(await readFile(join(ROOT, "package-lock.json"), "utf8"));
  for (const [path, change] of Object.entries(changes)) {
    if (change === undefined) delete lock.packages[path];
    else lock.packages[path] = { ...lock.packages[path], ...change };
  }
  await writeFile(join(folder.path, "package-lock.json"), JSON.stringify(lock));
  return folder.path;
}

beforeAll(async () => {
  folder = await temporaryFolder();
  for (const part of ["cli", "functions", "server", "shared", "package.json", "tsconfig.json"]) {
    await cp(join(ROOT, part), join(folder.path, part), { recursive: true });
  }
  await symlink(join(ROOT, "node_modules"), join(folder.path, "node_modules"));
});
afterAll(() => folder.remove());

it("everything that goes out may go out, and the table counts it", async () => {
  const { code, stdout, stderr } = await runProgram(["infra/packages/licenses.ts"], { timeoutMs: 60_000 });
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  const [, packages, bundled, ofCli] =
    /^(\d+) packages go out, (\d+) of them in functions, (\d+) in the command line$/m.exec(stdout) ?? [];
  const counts = [...stdout.matchAll(/^ +(\d+) {2}\S/gm)].map(([, count]) => Number(count));
  expect(counts.reduce((sum, count) => sum + count, 0)).toBe(Number(packages));
  expect(Number(bundled)).toBeGreaterThan(20);
  expect(Number(ofCli)).toBeGreaterThan(20);
  expect(stdout).toMatch(/^ +\d+ {2}Apache-2\.0$/m);
});

it("it ends with 1 and names all that may not go out, also in a function or the command line", async () => {
  const root = await projectWith({
    "node_modules/fastify": { license: "GPL-3.0-only" },
    "node_modules/not-there": { version: "1.0.0" },
    "node_modules/commander": { dev: true },
    "node_modules/uuid": { dev: true },
    "node_modules/vitest": { license: "GPL-3.0-only" },
  });
  const { code, stdout, stderr } = await runProgram(["infra/packages/licenses.ts", root], { timeoutMs: 60_000 });
  expect(code).toBe(1);
  expect(stdout).toContain("GPL-3.0-only");
  expect(stderr.trimEnd().split("\n")).toEqual([
    expect.stringMatching(/^licenses: node_modules\/fastify \([\d.]+\) is under GPL-3\.0-only, which is not allowed: /),
    expect.stringMatching(/^licenses: node_modules\/not-there \(1\.0\.0\) names no license: take another package, or /),
    "licenses: node_modules/uuid is bundled into a function, but is no production dependency: make it one",
    "licenses: node_modules/commander is bundled into the command line, but is no production dependency: make it one",
    "licenses: node_modules/uuid is bundled into the command line, but is no production dependency: make it one",
  ]);
});
