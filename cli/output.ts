import type { Command } from "commander";
import { withoutOwnSecrets } from "../shared/masked-text.ts";
import { outputFormat, yamlText } from "./output-format.ts";
import { printableLines } from "./terminal/printable.ts";
import { hideSpinner } from "./terminal/spinner.ts";
import { coloured } from "./terminal/style.ts";

/**
 * Prints `value` as JSON or YAML if that is asked for, else `text`. Names may be secrets that were typed in the wrong place.
 * @param options.showsSecret for what shows a secret that was made just now, this once.
 */
export function print(command: Command, value: unknown, text: () => string, { showsSecret = false } = {}): void {
  const format = outputFormat(command);
  const lines = printableLines(format === "table" ? ensureNewline(text()) : TEXTS[format](value));
  hideSpinner();
  process.stdout.write(coloured(showsSecret ? lines : withoutOwnSecrets(lines), process.stdout));
}

const TEXTS = { json: (value: unknown) => `${JSON.stringify(value, null, 2)}\n`, yaml: yamlText };

function ensureNewline(text: string): string {
  return text.endsWith("\n") || text === "" ? text : `${text}\n`;
}
