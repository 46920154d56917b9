import { parseArgs } from "node:util";
import { errorText } from "../shared/errors.ts";
import { type Settings, VARIABLES, type VariableName } from "../shared/settings.ts";
import { StartError } from "./listening.ts";

export interface Arguments {
  /** `local` brings its own DynamoDB, SQS and S3; `serve` uses those of the AWS environment. */
  mode: "local" | "serve";
  help: boolean;
  /** What the flags say, by the names of the variables that they stand for. */
  settings: Settings;
}

/** @throws StartError for a flag or command that does not exist. */
export function parseArguments(argv: readonly string[]): Arguments {
  const flags = flagsWithVariables();
  const options = Object.fromEntries(
    flags.map(({ flag, isSwitch }) => [flag, { type: isSwitch ? ("boolean" as const) : ("string" as const) }]),
  );
  try {
    const { values, positionals } = parseArgs({
      args: [...argv],
      options: { ...options, help: { type: "boolean", short: "h" } },
      allowPositionals: true,
    });
    const [mode = "serve", ...rest] = positionals;
    if ((mode !== "local" && mode !== "serve") || rest.length > 0) {
      const unexpected = mode === "local" || mode === "serve" ? rest : positionals;
      throw new Error(
        `Unexpected argument '${unexpected.join(" ")}'; flags go behind two dashes: npm start -- --host ADDRESS`,
      );
    }
    const given: Record<string, unknown> = values;
    const settings = Object.fromEntries(
      flags.map(({ flag, variable, isSwitch }) => [variable, isSwitch && given[flag] ? "true" : given[flag]]),
    );
    return { mode, help: given.help === true, settings };
  } catch (error) {
    // Node adds advice about positional arguments, which fits no case of ours.
    const [problem = ""] = errorText(error).split(". To specify");
    throw new StartError(`${problem}. npm start -- --help lists what there is`);
  }
}

export function usage(): string {
  const flags = flagsWithVariables().map(({ flag, variable }) => {
    const { meaning, default: standard } = VARIABLES[variable];
    return `  --${flag.padEnd(15)} ${meaning}${standard === "" ? "" : ` (default ${standard})`}`;
  });
  return [
    "Usage: npm start -- [flags]              DynamoDB, SQS and S3 embedded, kept in a folder",
    "       npm run serve -- [flags]          DynamoDB, SQS and S3 of the AWS environment",
    "",
    ...flags,
    `  ${"-h, --help".padEnd(17)} This text`,
    "",
    "Each flag has an environment variable too; README.md lists them all.",
    "",
  ].join("\n");
}

function flagsWithVariables(): { flag: string; variable: VariableName; isSwitch: boolean }[] {
  return Object.entries(VARIABLES).flatMap(([variable, definition]) =>
    "flag" in definition
      ? [{ flag: definition.flag, variable: variable as VariableName, isSwitch: "isSwitch" in definition }]
      : [],
  );
}
