import type { Command } from "commander";
import { createProgram, loadTopics } from "../../cli/program.ts";

/** A command of the real program, with the words that call it; none for the program itself. */
export interface CommandInTree {
  readonly words: readonly string[];
  readonly command: Command;
}

/** The program with all that it can do, and each of its commands: those that lead to others, and verbs. */
export async function programTree(): Promise<{ program: Command; commands: CommandInTree[] }> {
  const program = createProgram();
  await loadTopics(program);
  const commands: CommandInTree[] = [];
  const walk = (command: Command, words: readonly string[]): void => {
    commands.push({ words, command });
    for (const child of command.commands) walk(child, [...words, child.name()]);
  };
  walk(program, []);
  return { program, commands };
}

/** Its verbs: what does something by itself. */
export async function verbs(): Promise<CommandInTree[]> {
  return (await programTree()).commands.filter(({ command }) => command.commands.length === 0);
}

/** What `--help` prints of a command, as it would in a pipe. */
export function helpOf(command: Command): string {
  let text = "";
  command.configureOutput({
    writeOut: (part) => {
      text += part;
    },
  });
  command.outputHelp();
  return text;
}
