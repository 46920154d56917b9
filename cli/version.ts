import { readFileSync } from "node:fs";
import { built } from "./built.ts";

/** For instance `0.1.0 (commit a4eccdf)`, or `0.1.0 (checkout)`. */
export function versionText(): string {
  if (built === undefined) return `${versionOfCheckout()} (checkout)`;
  return built.commit === null ? built.version : `${built.version} (commit ${built.commit})`;
}

function versionOfCheckout(): string {
  return JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8")).version;
}
