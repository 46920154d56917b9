import { readFileSync } from "node:fs";
import { join } from "node:path";

/** A package as package-lock.json (lockfileVersion 3) names it. */
export interface LockedPackage {
  /** Where it is installed, relative to the project: `node_modules/a`, or `node_modules/a/node_modules/b`. */
  readonly path: string;
  readonly name: string;
  readonly version: string;
  /** As its publisher names it: an SPDX expression, if all is well. */
  readonly license?: string;
}

/** An entry of `packages`; npm writes much more into it. */
interface LockEntry {
  readonly version?: string;
  readonly license?: unknown;
  /** Set where nothing but development needs the package. */
  readonly dev?: boolean;
  /** The same, where something optional needs it too. */
  readonly devOptional?: boolean;
}

export interface Lock {
  readonly packages: Readonly<Record<string, LockEntry>>;
}

export function readLock(root: string): Lock {
  return JSON.parse(readFileSync(join(root, "package-lock.json"), "utf8"));
}

/**
 * The packages that are installed without development's: those of the gRPC edge's image, and all that may be bundled
 * into a function.
 */
export function productionPackages({ packages }: Lock): LockedPackage[] {
  return Object.entries(packages).flatMap(([path, { version = "", license, dev, devOptional }]) => {
    if (path === "" || dev || devOptional) return [];
    return [{ path, name: nameOf(path), version, ...(typeof license === "string" && { license }) }];
  });
}

/** The installed package that a file belongs to, as `LockedPackage.path`; undefined for a file of the project. */
export function packageOf(file: string): string | undefined {
  return /^(?:.*\/)?node_modules\/(?:@[^/]+\/)?[^/]+/.exec(file)?.[0];
}

function nameOf(path: string): string {
  return path.slice(path.lastIndexOf("node_modules/") + "node_modules/".length);
}
