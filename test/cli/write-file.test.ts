import { execFileSync } from "node:child_process";
import { lstat, readdir, readFile, readlink, stat, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { writeWhole } from "../../cli/policies/write-file.ts";
import { temporaryFolder } from "../support/world.ts";

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
const at = (name: string): string => join(folder.path, name);

beforeAll(async () => {
  folder = await temporaryFolder();
});
afterAll(() => folder.remove());

describe("a file that is written as a whole", () => {
  it("replaces the one before it, with the mode that is asked for", async () => {
    await writeFile(at("plan"), "a longer text");
    await writeWhole(at("plan"), "new", { mode: 0o600 });
    expect(await readFile(at("plan"), "utf8")).toBe("new");
    expect((await stat(at("plan"))).mode & 0o777).toBe(0o600);
  });

  it("is written where links lead, and the links stay", async () => {
    await writeFile(at("real"), "old");
    await symlink("real", at("link"));
    await symlink("link", at("link to a link"));
    await symlink("nothing yet", at("dangling"));
    for (const link of ["link", "link to a link", "dangling"]) {
      await writeWhole(at(link), link);
      expect((await lstat(at(link))).isSymbolicLink()).toBe(true);
      expect(await readFile(at(link), "utf8")).toBe(link);
    }
    expect(await readlink(at("link to a link"))).toBe("link");
    expect(await readFile(at("real"), "utf8")).toBe("link to a link");
  });

  it("goes into a pipe as it is, and leaves it one", async () => {
    execFileSync("mkfifo", [at("pipe")]);
    const read = readFile(at("pipe"), "utf8");
    await writeWhole(at("pipe"), "through");
    expect((await lstat(at("pipe"))).isFIFO()).toBe(true);
    expect(await read).toBe("through");
  }, 10_000);

  it("is refused by its name where it cannot be, and leaves nothing behind", async () => {
    await expect(writeWhole(at("nowhere/file"), "")).rejects.toThrow(/nowhere\/file cannot be written: /);
    await expect(writeWhole(folder.path, "")).rejects.toThrow("cannot be written: ");
    expect((await readdir(folder.path)).filter((name) => name.endsWith(".tmp"))).toEqual([]);
  });
});
