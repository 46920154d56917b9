import { readFileSync } from "node:fs";

/** What the package was built from; undefined in a checkout, where nothing is built. */
declare const FLASHPOINT_BUILD: { readonly version: string; readonly commit: string | null } | undefined;

/** For instance `0.1.0 (commit a4eccdf)`, or `0.1.0 (checkout)`. */
export function versionText(): string {
  if (typeof FLASHPOINT_BUILD !== "undefined") {
    const { version, commit } = FLASHPOINT_BUILD;
    return commit === null ? version : `${version} (commit ${commit})`;
  }
  const { version } = JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8"));
  return `${version} (checkout)`;
}
