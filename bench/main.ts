import { open, rename, writeFile } from "node:fs/promises";
import { parseArgs } from "node:util";
import { errorText } from "../shared/errors.ts";
import type { Figure } from "./figure.ts";
import { FIGURES } from "./figures.ts";
import { machineText, thisMachine } from "./machine.ts";
import { type MeasuredFigure, runFigures } from "./run.ts";
import { table } from "./table.ts";

// By an exit, so that folders go, and children with their channel.
process.once("SIGINT", () => process.exit(130));
process.once("SIGTERM", () => process.exit(143));

try {
  const { values, positionals } = parseArgs({
    options: { json: { type: "boolean" }, save: { type: "string" }, help: { type: "boolean", short: "h" } },
    allowPositionals: true,
  });
  if (values.help === true) process.stdout.write(usage());
  else await run(chosen(positionals), values);
} catch (error) {
  process.stderr.write(`bench: ${errorText(error)}\n`);
  process.exitCode = 1;
}

async function run(figures: readonly Figure[], { json = false, save }: { json?: boolean; save?: string }) {
  if (save !== undefined) await (await open(save, "a")).close(); // better to fail now than after half an hour
  if (!json) process.stdout.write(`${machineText(thisMachine())}\n`);
  const tell = (line: string): void => void process.stderr.write(`${line}\n`);
  const result = await runFigures(figures, tell, (figure) => {
    if (!json) process.stdout.write(shown(figure));
  });
  const text = `${JSON.stringify(result, null, 2)}\n`;
  if (json) process.stdout.write(text);
  if (save !== undefined) await replace(save, text);
  if (result.figures.some(({ error }) => error !== undefined)) process.exitCode = 1;
}

/** What the file held before is there until all of the new is. */
async function replace(file: string, text: string): Promise<void> {
  const part = `${file}.part`;
  await writeFile(part, text);
  await rename(part, file);
}

function shown({ name, meaning, measurements, error }: MeasuredFigure): string {
  return `\n${name}: ${meaning}\n${error === undefined ? table(measurements) : `  failed: ${error}\n`}`;
}

function chosen(names: readonly string[]): readonly Figure[] {
  const unknown = names.filter((name) => !FIGURES.some((figure) => figure.name === name));
  if (unknown.length > 0) throw new Error(`there is no figure ${unknown.join(", ")}; --help lists them`);
  return names.length === 0 ? FIGURES : FIGURES.filter(({ name }) => names.includes(name));
}

function usage(): string {
  return [
    "Usage: npm run bench -- [NAME...] [--json] [--save FILE]",
    "",
    "Measures the figures that are named, or all of them. Progress goes to stderr, results to stdout. A target that is",
    "missed is printed as missed and is no error.",
    "",
    ...FIGURES.map(({ name, meaning }) => `  ${name.padEnd(20)} ${meaning}`),
    "",
    "  --json               Results as JSON; where it is piped, npm run -s bench -- --json",
    "  --save FILE          Writes the results as JSON into FILE too",
    "  -h, --help           This text",
    "",
  ].join("\n");
}
