import type { Command } from "commander";
import { Interrupted } from "./interrupted.ts";
import { printable } from "./printable.ts";
import { hideSpinner } from "./spinner.ts";

/** Gives a verb the option that `confirmed` reads. */
export function addYesOption(command: Command): Command {
  return command.option("-y, --yes", "do not ask");
}

/** The same, for a verb that has nothing to do without a yes. @throws if there was none, and Interrupted on Ctrl-C. */
export async function confirm(command: Command, question: string): Promise<void> {
  if (!(await confirmed(command, question))) throw new Error("nothing was done: the answer was not yes");
}

/** Whether `confirmed` would ask. */
export function asks(command: Command): boolean {
  return !command.opts<{ yes?: boolean }>().yes && process.stdin.isTTY === true && process.stderr.isTTY === true;
}

/**
 * Asks whether to go on, where somebody sits at a terminal; nothing but y or yes means it. In a pipe nobody is asked, and a
 * verb does what it says.
 * @throws Interrupted on Ctrl-C.
 */
export async function confirmed(command: Command, question: string): Promise<boolean> {
  if (!asks(command)) return true;
  const { createInterface } = await import("node:readline/promises");
  hideSpinner();
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  const stopping = new AbortController();
  terminal.once("SIGINT", () => stopping.abort());
  try {
    // Ctrl-D closes it, and ends the question without an answer.
    const closed = new Promise<undefined>((resolve) => terminal.once("close", () => resolve(undefined)));
    const asked = terminal.question(`${printable(question)} [y/N] `, stopping);
    const answer = await Promise.race([asked, closed]);
    if (answer === undefined) process.stderr.write("\n"); // what comes next has a line of its own
    return /^\s*y(es)?\s*$/i.test(answer ?? "");
  } catch (error) {
    if (!stopping.signal.aborted) throw error;
    // A question that is aborted ends its line itself.
    throw new Interrupted();
  } finally {
    terminal.close();
  }
}
