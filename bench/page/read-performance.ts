import { readFileSync } from "node:fs";
import { SAVED_RUN } from "../cost/measured-times.ts";
import { parseRun } from "../run.ts";
import { performancePage } from "./performance-page.ts";
import { picturesOf } from "./pictures.ts";

/** The page about performance and its pictures as they should be now: the texts of the files by their paths in docs/. */
export function readPerformance(): Map<string, string> {
  const run = parseRun(readFileSync(SAVED_RUN, "utf8"));
  const prose = readFileSync(new URL("./findings.md", import.meta.url), "utf8");
  const pictures = picturesOf(run);
  return new Map([
    ["performance.md", performancePage(prose, run, pictures)],
    ...pictures.map(({ path, svg }): [string, string] => [path, svg]),
  ]);
}
