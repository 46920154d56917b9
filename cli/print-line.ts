import type { Command } from "commander";
import { withoutOwnSecrets } from "../shared/masked-text.ts";
import { printable } from "./output.ts";
import { coloured } from "./terminal/style.ts";

/** Prints one line of many, whole: `value` as JSON without line ends if --json was given, else `text`. */
export function printLine(command: Command, value: unknown, text: () => string): void {
  const line = printable(isForPrograms(command) ? JSON.stringify(value) : text());
  process.stdout.write(`${coloured(withoutOwnSecrets(line), process.stdout)}\n`);
}

/** Whether a program is to read what is printed: it wants one value, and not a line as soon as there is one. */
export function isForPrograms(command: Command): boolean {
  return command.optsWithGlobals<{ json?: boolean }>().json === true;
}
