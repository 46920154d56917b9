import { createInterface } from "node:readline/promises";
import type { Command } from "commander";
import { printable } from "../output.ts";

/** Gives a verb the option that `confirmed` reads. */
export function addYesOption(command: Command): Command {
  return command.option("-y, --yes", "do not ask");
}

/**
 * Asks whether to go on, where somebody sits at a terminal; nothing but y or yes means it. In a pipe nobody is asked, and a
 * verb does what it says.
 */
export async function confirmed(command: Command, question: string): Promise<boolean> {
  const { yes } = command.opts<{ yes?: boolean }>();
  if (yes || !process.stdin.isTTY || !process.stderr.isTTY) return true;
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  try {
    // Ctrl-C closes it, and ends the question without an answer.
    const stopped = new Promise<string>((resolve) => terminal.once("close", () => resolve("")));
    const answer = await Promise.race([terminal.question(`${printable(question)} [y/N] `), stopped]);
    return /^\s*y(es)?\s*$/i.test(answer);
  } finally {
    terminal.close();
  }
}
