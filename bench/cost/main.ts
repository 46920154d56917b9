import { errorText } from "../../shared/errors.ts";
import { assumptionsText } from "./assumptions.ts";
import { costText } from "./cost-text.ts";
import { readTimes } from "./measured-times.ts";
import { readSettings, usage } from "./settings.ts";

/** npm keeps options for itself that do not stand behind two dashes. */
const HINT = "\nOptions stand behind two dashes: `npm run cost -- --agents 500`; `npm run cost -- --help` lists them.";

try {
  const settings = readSettings(process.argv.slice(2));
  if (settings.form === "help") process.stdout.write(usage());
  else if (settings.form === "assumptions") process.stdout.write(assumptionsText());
  else {
    const measured = readTimes(settings.run);
    const { costReport } = await import("./cost-report.ts"); // with the whole CDK, which takes seconds
    const report = costReport(settings, measured);
    process.stdout.write(settings.form === "json" ? `${JSON.stringify(report, null, 2)}\n` : costText(report));
  }
} catch (error) {
  process.stderr.write(`cost: ${errorText(error)}${isOfArguments(error) ? HINT : ""}\n`);
  process.exitCode = 1;
}

function isOfArguments(error: unknown): boolean {
  return error instanceof Error && "code" in error && String(error.code).startsWith("ERR_PARSE_ARGS");
}
