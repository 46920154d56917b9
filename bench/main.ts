import { parseArgs } from "node:util";
import { errorText } from "../shared/errors.ts";
import { cliStart } from "./cli-start.ts";
import type { Figure } from "./figure.ts";
import { grpcPolls } from "./grpc-polls.ts";
import { lambdaStart } from "./lambda-start.ts";
import { profileIntake } from "./profile-intake.ts";
import { table } from "./table.ts";

const FIGURES: readonly Figure[] = [cliStart, grpcPolls, lambdaStart, profileIntake];

try {
  const { values, positionals } = parseArgs({
    options: { json: { type: "boolean" }, help: { type: "boolean", short: "h" } },
    allowPositionals: true,
  });
  if (values.help === true) process.stdout.write(usage());
  else await run(chosen(positionals), values.json === true);
} catch (error) {
  process.stderr.write(`bench: ${errorText(error)}\n`);
  process.exitCode = 1;
}

async function run(figures: readonly Figure[], json: boolean): Promise<void> {
  const results = [];
  for (const { name, meaning, measure } of figures) {
    const measurements = await measure((line) => process.stderr.write(`${name}: ${line}\n`));
    results.push({ name, meaning, measurements });
    if (!json) process.stdout.write(`${name}: ${meaning}\n${table(measurements)}`);
  }
  if (json) process.stdout.write(`${JSON.stringify(results, null, 2)}\n`);
}

function chosen(names: readonly string[]): readonly Figure[] {
  const unknown = names.filter((name) => !FIGURES.some((figure) => figure.name === name));
  if (unknown.length > 0) throw new Error(`there is no figure ${unknown.join(", ")}; --help lists them`);
  return names.length === 0 ? FIGURES : FIGURES.filter(({ name }) => names.includes(name));
}

function usage(): string {
  return [
    "Usage: npm run bench -- [NAME...] [--json]",
    "",
    "Measures the figures that are named, or all of them. Progress goes to stderr, results to stdout.",
    "",
    ...FIGURES.map(({ name, meaning }) => `  ${name.padEnd(14)} ${meaning}`),
    "",
    "  --json         Results as JSON",
    "  -h, --help     This text",
    "",
  ].join("\n");
}
