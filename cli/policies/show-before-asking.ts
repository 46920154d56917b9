import type { Command } from "commander";
import { withoutOwnSecrets } from "../../shared/masked-text.ts";
import { isForPrograms } from "../output-format.ts";
import { asks } from "../terminal/confirm.ts";
import { printableLines } from "../terminal/printable.ts";
import { hideSpinner } from "../terminal/spinner.ts";
import { coloured } from "../terminal/style.ts";

/**
 * Shows on standard error what somebody is about to be asked of, if standard output does not show it to them: it goes to a file
 * or a pipe, or is for programs.
 */
export function showBeforeAsking(command: Command, text: string): void {
  if (!asks(command) || (process.stdout.isTTY && !isForPrograms(command))) return;
  hideSpinner();
  process.stderr.write(coloured(withoutOwnSecrets(printableLines(`${text}\n`)), process.stderr));
}
