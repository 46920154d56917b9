import { parseArgs } from "node:util";
import { wholeNumber } from "../support/whole-number.ts";

export interface Arguments {
  /** How many cases. */
  readonly count: number;
  readonly seed: string;
  /** Seconds after which the run ends with what it has come to. */
  readonly limit: number;
  /** The one target to run; all, if none is named. */
  readonly only: string | undefined;
  /** The one case to run again. */
  readonly index: number | undefined;
  readonly help: boolean;
}

const MOST_CASES = 1_000_000_000;

/** @throws an Error that says what is wrong with a flag. */
export function parseArguments(args: readonly string[]): Arguments {
  const { values } = parseArgs({
    args: [...args],
    options: {
      count: { type: "string", default: "20000" },
      seed: { type: "string", default: String(Date.now()) },
      limit: { type: "string", default: "900" },
      only: { type: "string" },
      case: { type: "string" },
      help: { type: "boolean", short: "h", default: false },
    },
  });
  const { seed, only, help } = values;
  return {
    count: wholeNumber("count", values.count, 1, MOST_CASES),
    seed,
    limit: wholeNumber("limit", values.limit, 1),
    only,
    index: values.case === undefined ? undefined : wholeNumber("case", values.case, 0, MOST_CASES),
    help,
  };
}

export function usage(): string {
  return [
    "Usage: npm run fuzz [-- [--count N] [--seed SEED] [--limit SECONDS] [--only TARGET] [--case INDEX]]",
    "",
    "Starts a server and the Lambda functions' handlers, each as a process of its own, and does to them what no caller",
    "should. Progress goes to stderr, results to stdout. Exit code 1: something crashed, hung, leaked, or answered that",
    "the fault is ours; what was sent stands beside it.",
    "",
    "  --count N        How many cases (20000)",
    "  --seed SEED      Chooses as an earlier run of the same seed did",
    "  --limit SECONDS  When the run ends, with what it has come to (900)",
    "  --only TARGET    native-grpc, http, raw-http, lambda-url, sqs-events, queues or policy-items",
    "  --case INDEX     Runs this one case of the seed and shows what is sent and what came of it",
    "  -h, --help       This text",
    "",
  ].join("\n");
}
