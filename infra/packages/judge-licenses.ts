import satisfies from "spdx-satisfies";
import type { LockedPackage } from "./locked-packages.ts";

/**
 * Licenses under which a package may go out with this project, which is Apache-2.0: each asks for no more than its text
 * and notices (categories of the Apache Software Foundation's "3rd party license policy": all of these are in A).
 */
export const ALLOWED = [
  "0BSD",
  "Apache-2.0",
  "BlueOak-1.0.0",
  "BSD-2-Clause",
  "BSD-3-Clause",
  "ISC",
  "MIT",
  "MIT-0",
  "Unlicense",
  "Zlib",
] as const;

/** One version of a package that may go out although its license is not among those allowed, or is not named. */
export interface Exception {
  readonly name: string;
  readonly version: string;
  readonly license: string;
  readonly reason: string;
}

export interface Judgement {
  /** How many packages there are under each license, the most first. */
  readonly counts: readonly (readonly [license: string, packages: number])[];
  /** A sentence each: what is wrong, where, and what to do. */
  readonly faults: readonly string[];
}

const ADVICE = "take another package, or name this version with a reason in infra/packages/license-exceptions.ts";

/** Judges packages by what their licenses are called; an SPDX expression passes if what is allowed fulfils it. */
export function judgeLicenses(packages: readonly LockedPackage[], exceptions: readonly Exception[]): Judgement {
  const counts = new Map<string, number>();
  const faults: string[] = [];
  const used = new Set<Exception>();
  for (const { path, name, version, license } of packages) {
    const exception = exceptions.find((one) => one.name === name && one.version === version);
    const shown = exception?.license ?? license ?? "none named";
    counts.set(shown, (counts.get(shown) ?? 0) + 1);
    const problem = problemOf(license);
    if (problem === undefined) continue;
    if (exception === undefined) faults.push(`${path} (${version}) ${problem}: ${ADVICE}`);
    else used.add(exception);
  }
  for (const exception of exceptions) {
    if (exception.reason.trim() === "") faults.push(`the exception for ${idOf(exception)} gives no reason`);
    if (!used.has(exception)) faults.push(`the exception for ${idOf(exception)} is for nothing here: take it out`);
  }
  return { counts: [...counts].toSorted(([a, many], [b, more]) => more - many || (a < b ? -1 : 1)), faults };
}

function problemOf(license: string | undefined): string | undefined {
  if (license === undefined) return "names no license";
  try {
    return satisfies(license, ALLOWED) ? undefined : `is under ${license}, which is not allowed`;
  } catch {
    return `names as its license "${license}", which is no SPDX expression`;
  }
}

function idOf({ name, version }: Exception): string {
  return `${name}@${version}`;
}
