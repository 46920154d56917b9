import { readFileSync } from "node:fs";
import { readTimes, SAVED_RUN } from "../cost/measured-times.ts";
import { costTables, withCostTables } from "./cost-tables.ts";

export const DEPLOYING = new URL("../../docs/deploying.md", import.meta.url);

/** docs/deploying.md as it should be now: its tables of costs by the times of the saved run, all else as it is. */
export function readDeploying(): string {
  return withCostTables(readFileSync(DEPLOYING, "utf8"), costTables(readTimes(SAVED_RUN).times));
}
