import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdir, readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterEach, beforeEach, expect, it } from "vitest";
import { temporaryFolder } from "../support/world.ts";

const PROGRAM = new URL("../../cli/flashpoint.js", import.meta.url).pathname;

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
const inFolder = (...path: string[]): string => join(folder.path, ...path);

beforeEach(async () => {
  folder = await temporaryFolder();
  for (const name of ["home", "caches", "work"]) await mkdir(inFolder(name));
  await writeFile(inFolder("file"), "");
});
afterEach(() => folder.remove());

/** Starts the program in a folder of its own, for a user with this environment, and says what it left in that folder. */
async function start(env: Record<string, string>): Promise<string[]> {
  const options = { cwd: inFolder("work"), env: { PATH: process.env.PATH, ...env }, timeout: 15_000 };
  const { stdout } = await promisify(execFile)(process.execPath, [PROGRAM, "--version"], options);
  expect(stdout).toMatch(/^\d+\.\d+\.\d+ \(checkout\)\n$/);
  return readdir(inFolder("work"));
}

it("is kept with the user's other caches", async () => {
  expect(await start({ HOME: inFolder("home") })).toEqual([]);
  expect(await readdir(inFolder("home/.cache/flashpoint"))).toHaveLength(1);
  expect(await start({ HOME: inFolder("home"), XDG_CACHE_HOME: inFolder("caches") })).toEqual([]);
  expect(await readdir(inFolder("caches/flashpoint"))).toHaveLength(1);
});

// What may be written to by whoever made the folder that one stands in is code that this user would run.
it.each([
  ["an empty home", { HOME: "" }],
  ["a home that is no absolute path", { HOME: "." }],
  ["a cache that is no absolute path, and no home", { HOME: "", XDG_CACHE_HOME: "caches" }],
])("is never in the current folder: %s", async (_what, env) => {
  expect(await start(env)).toEqual([]);
});

it("is where the home is if XDG_CACHE_HOME is no absolute path, which that specification has ignored", async () => {
  expect(await start({ HOME: inFolder("home"), XDG_CACHE_HOME: "caches" })).toEqual([]);
  expect(existsSync(inFolder("home/.cache/flashpoint"))).toBe(true);
});

it("makes no home for who has none", async () => {
  await start({ HOME: inFolder("none") });
  await start({ HOME: inFolder("home"), XDG_CACHE_HOME: inFolder("none") });
  expect(existsSync(inFolder("none"))).toBe(false);
  await start({ HOME: inFolder("file") });
});

it.each(["/proc/nonexist", "/proc", "/dev/null"])("is done without where nothing can be made: %s", async (home) => {
  await start({ HOME: home });
  await start({ HOME: inFolder("home"), XDG_CACHE_HOME: home });
});
