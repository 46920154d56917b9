import type { Command } from "commander";
import type { CommandLine } from "../shared/diagnosis/command-line.ts";
import { PROGRAM } from "./built.ts";

/** Command lines to paste into the same terminal, for the engines and the stack that `command` was called for. */
export function commandLineFor(command: Command): CommandLine {
  const { local, stack } = command.optsWithGlobals<{ local?: boolean; stack?: string }>();
  const same = [...(local ? ["--local"] : []), ...(stack === undefined ? [] : ["--stack", shellWord(stack)])];
  return (verb, ...words) => [PROGRAM, ...same, verb, ...words.map(shellWord)].join(" ");
}

/** As one word of a POSIX shell. */
function shellWord(text: string): string {
  return /^[\w.,:/@%+=-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}
