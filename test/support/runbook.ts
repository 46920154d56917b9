import { readFileSync } from "node:fs";

export const runbook = readFileSync(new URL("../../infra/RUNBOOK.md", import.meta.url), "utf8");

/** The text of each alarm's section, by its heading. */
export const runbookSections: ReadonlyMap<string, string> = new Map(
  runbook
    .split(/^## /m)
    .slice(1)
    .map((section): [string, string] => [section.slice(0, section.indexOf("\n")), section]),
);
