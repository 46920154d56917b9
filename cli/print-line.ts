import type { Command } from "commander";
import { withoutOwnSecrets } from "../shared/masked-text.ts";
import { outputFormat, yamlText } from "./output-format.ts";
import { printable, printableLines } from "./terminal/printable.ts";
import { hideSpinner } from "./terminal/spinner.ts";
import { coloured } from "./terminal/style.ts";

/** Prints one of many, whole: `value` as a line of JSON or a document of YAML if that is asked for, else a line of `text`. */
export function printLine(command: Command, value: unknown, text: () => string): void {
  const line = withoutOwnSecrets(LINES[outputFormat(command)](value, text));
  hideSpinner();
  process.stdout.write(coloured(line, process.stdout));
}

const LINES = {
  table: (_value: unknown, text: () => string) => `${printable(text())}\n`,
  json: (value: unknown) => `${printable(JSON.stringify(value))}\n`,
  yaml: (value: unknown) => printableLines(`---\n${yamlText(value)}`),
};
