import type { Command } from "commander";
import { withoutOwnSecrets } from "../shared/masked-text.ts";
import { printable } from "./output.ts";
import { coloured } from "./terminal/style.ts";

/** Prints one line of many, whole: `value` as JSON without line ends if --json was given, else `text`. */
export function printLine(command: Command, value: unknown, text: () => string): void {
  const { json } = command.optsWithGlobals<{ json?: boolean }>();
  const line = printable(json ? JSON.stringify(value) : text());
  process.stdout.write(`${coloured(withoutOwnSecrets(line), process.stdout)}\n`);
}
