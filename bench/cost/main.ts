import { errorText } from "../../shared/errors.ts";
import { assumptionsText } from "./assumptions.ts";
import { costText } from "./cost-text.ts";
import { readTimes } from "./measured-times.ts";
import { readSettings, usage } from "./settings.ts";

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
  process.stderr.write(`cost: ${errorText(error)}\n`);
  process.exitCode = 1;
}
