import { parseArgs } from "node:util";
import { wholeNumber } from "../support/whole-number.ts";

export interface Arguments {
  /** Names of the stages to run; all, if there are none. */
  readonly stages: readonly string[];
  readonly reports: number;
  readonly kills: number;
  readonly seed: string;
  /** Seconds after which the run ends, done or not. */
  readonly limit: number;
  readonly help: boolean;
}

/** Under five minutes for the default on two cores. */
const LIMIT = { least: 97, perReport: 0.02 };

/** @throws an Error that says what is wrong with a flag. */
export function parseArguments(args: readonly string[]): Arguments {
  const { values, positionals: stages } = parseArgs({
    args: [...args],
    options: {
      reports: { type: "string", default: "10000" },
      kills: { type: "string", default: "10" },
      seed: { type: "string", default: String(Date.now()) },
      limit: { type: "string" },
      help: { type: "boolean", short: "h", default: false },
    },
    allowPositionals: true,
  });
  const { seed, help } = values;
  const reports = wholeNumber("reports", values.reports, 1);
  const kills = wholeNumber("kills", values.kills, 0);
  const usual = String(Math.ceil(LIMIT.least + reports * LIMIT.perReport));
  return { stages, reports, kills, seed, limit: wholeNumber("limit", values.limit ?? usual, 1), help };
}

/** @param stages names of those that there are, each with what it asks. */
export function usage(stages: readonly { name: string; question: string }[]): string {
  return [
    "Usage: npm run test:faults [-- [STAGE...] [--reports N] [--kills K] [--seed SEED] [--limit SECONDS]]",
    "",
    "Starts a server of its own, makes everything around it fail, and says which promises held. Progress goes to",
    "stderr, results to stdout. Exit code 1: a promise did not hold, or the run did not come to its end.",
    "",
    ...stages.map(({ name, question }) => `  ${name.padEnd(28)} ${question}`),
    "",
    "  --reports N      How many reports are sent (10000)",
    "  --kills K        How often the server is killed meanwhile (10)",
    "  --seed SEED      Chooses as an earlier run of the same seed did",
    `  --limit SECONDS  When the run ends, done or not (${LIMIT.least} and ${LIMIT.perReport} for each report)`,
    "  -h, --help       This text",
    "",
  ].join("\n");
}
