import { readFileSync } from "node:fs";
import { built } from "./built.ts";

/** For instance `0.1.0 (commit a4eccdf)`, or `0.1.0 (checkout)`. */
export function versionText(): string {
  if (built === undefined) return `${manifestOfCheckout().version} (checkout)`;
  return built.commit === null ? built.version : `${built.version} (commit ${built.commit})`;
}

/** Which Node.js it takes, for instance `>=22`; the package and the checkout take different ones. */
export function takenNode(): string {
  return built?.node ?? manifestOfCheckout().engines.node;
}

function manifestOfCheckout(): { version: string; engines: { node: string } } {
  return JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8"));
}
