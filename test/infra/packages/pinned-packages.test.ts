import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";

const ROOT = new URL("../../..", import.meta.url).pathname;
const read = (file: string): string => readFileSync(join(ROOT, file), "utf8");

interface LockEntry {
  version?: string;
  integrity?: string;
  resolved?: string;
  link?: boolean;
  inBundle?: boolean;
  hasInstallScript?: boolean;
  dependencies?: Record<string, string>;
  devDependencies?: Record<string, string>;
}

const manifest = JSON.parse(read("package.json"));
const direct: Record<string, string> = { ...manifest.dependencies, ...manifest.devDependencies };
const lock: { lockfileVersion: number; packages: Record<string, LockEntry> } = JSON.parse(read("package-lock.json"));
const installed = Object.entries(lock.packages).filter(([path]) => path !== "");

/** One version and nothing else: no range, no tag, no address, no other package's name. */
const EXACT = /^\d+\.\d+\.\d+(-[0-9A-Za-z.-]+)?$/;

describe("package.json", () => {
  it("pins every package to one version", () => {
    expect(Object.keys(direct).length).toBeGreaterThan(40);
    expect(Object.entries(direct).filter(([, version]) => !EXACT.test(version))).toEqual([]);
  });

  it("asks for packages in no other place, and changes none that others ask for", () => {
    const others = [
      "peerDependencies",
      "optionalDependencies",
      "bundleDependencies",
      "bundledDependencies",
      "overrides",
    ];
    expect([...others, "workspaces", "resolutions"].filter((field) => field in manifest)).toEqual([]);
  });

  it("says of every package with an install script whether it may run, and of no other", () => {
    const scripted = installed.filter(([, { hasInstallScript }]) => hasInstallScript);
    const names = scripted.map(([path]) => path.slice(path.lastIndexOf("node_modules/") + 13));
    expect(Object.keys(manifest.allowScripts).sort()).toEqual([...new Set(names)].sort());
  });
});

describe("package-lock.json", () => {
  it("is of version 3 and in step with package.json", () => {
    expect(lock.lockfileVersion).toBe(3);
    const { dependencies, devDependencies } = lock.packages[""] ?? {};
    expect({ dependencies, devDependencies }).toEqual({
      dependencies: manifest.dependencies,
      devDependencies: manifest.devDependencies,
    });
    for (const [name, version] of Object.entries(direct)) {
      expect(lock.packages[`node_modules/${name}`]?.version, name).toBe(version);
    }
  });

  it("has the hash of every package that is fetched", () => {
    const fetched = installed.filter(([, { inBundle }]) => !inBundle); // those lie in another's file, and its hash covers them
    const isHashed = ({ integrity = "" }: LockEntry): boolean => /^sha512-[A-Za-z0-9+/]{86}==$/.test(integrity);
    expect(fetched.length).toBeGreaterThan(300);
    expect(fetched.filter(([, entry]) => !isHashed(entry)).map(([path]) => path)).toEqual([]);
  });

  it("names no place that a package comes from, so that each installer's own registry is asked", () => {
    expect(installed.filter(([, { resolved, link }]) => resolved !== undefined || link).map(([path]) => path)).toEqual(
      [],
    );
    expect(read("package-lock.json")).not.toMatch(/"(git|file|github|http)[^"]*:[^"]*"\s*:/);
  });
});

describe(".npmrc", () => {
  it("pins what is added, and keeps addresses out of the lock file", () => {
    expect(read(".npmrc").split("\n")).toEqual(
      expect.arrayContaining(["save-exact=true", "omit-lockfile-registry-resolved=true"]),
    );
  });

  it("has npm stop at an install script that nobody has judged, where it would only warn", () => {
    expect(read(".npmrc").split("\n")).toContain("strict-allow-scripts=true");
  });

  it("names no registry and no credentials", () => {
    expect(read(".npmrc")).not.toMatch(/registry\s*=|\/\/|_auth|password|token/i);
  });
});

it("a workflow, if there is one, names each action by a commit", () => {
  const folder = join(ROOT, ".github/workflows");
  const files = existsSync(folder) ? readdirSync(folder).map((file) => readFileSync(join(folder, file), "utf8")) : [];
  const actions = files.flatMap((text) => [...text.matchAll(/^\s*(?:- )?uses:\s*(\S+)/gm)].map(([, action]) => action));
  expect(actions.filter((action = "") => !/^\.\/|@[0-9a-f]{40}$/.test(action))).toEqual([]);
});
