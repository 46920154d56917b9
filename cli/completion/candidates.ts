import type { Argument, Command, Option } from "commander";
import { loadTopic } from "../program.ts";
import type { Candidate } from "./candidate.ts";
import { namesFor } from "./names.ts";

/** What may stand where the cursor is; the names of files are for the shell to find, behind `prefix` of the word. */
export type Completion = { kind: "words"; candidates: Candidate[] } | { kind: "files"; prefix: string };

const HELP = "help";

/**
 * What the last of these words may become. Reads the program itself, so that a new verb or option is completed without
 * anything done for it.
 * @param words behind the program's name up to the cursor; the last is what is being typed, and may be empty.
 */
export async function complete(program: Command, words: readonly string[]): Promise<Completion> {
  const typed = words.at(-1) ?? "";
  const before = await walk(program, words.slice(0, -1));
  if (before.command.name() === HELP) {
    const { command } = await walk(program, namesBehindHelp(words.slice(0, -1)));
    return matching(commandsOf(command), typed);
  }
  const { command, awaiting, isOnlyOperands } = before;
  if (awaiting !== undefined) return valuesOf(awaiting, command, { prefix: "", typed });
  const [, name = "", value = ""] = /^(--[^=]+)=(.*)$/s.exec(typed) ?? [];
  const option = name === "" ? undefined : optionNamed(name, command);
  if (option !== undefined && !isOnlyOperands) return valuesOf(option, command, { prefix: `${name}=`, typed: value });
  if (typed.startsWith("-") && !isOnlyOperands) return matching(optionsOf(command).flatMap(flagsOf), typed);
  if (command.commands.length > 0) return matching(commandsOf(command), typed);
  const last = command.registeredArguments.at(-1);
  const argument = command.registeredArguments[before.operands] ?? (last?.variadic ? last : undefined);
  if (argument !== undefined) return valuesOf(argument, command, { prefix: "", typed, isOnlyOperands });
  return matching(command.options.filter((each) => each.mandatory && !before.given.has(each)).flatMap(flagsOf), typed);
}

/** What is asked about: `help policies set` leads where `policies set` does. */
function namesBehindHelp(words: readonly string[]): string[] {
  return words.slice(words.indexOf(HELP) + 1).filter((word) => !word.startsWith("-"));
}

interface Walked {
  /** Where the words have led. */
  readonly command: Command;
  readonly operands: number;
  readonly given: ReadonlySet<Option>;
  /** The option that the next word is the value of. */
  readonly awaiting: Option | undefined;
  /** Behind `--` nothing is an option. */
  readonly isOnlyOperands: boolean;
}

/** Follows the words, and gives the program those of its own options that are among them: they say which engines are meant. */
async function walk(program: Command, words: readonly string[]): Promise<Walked> {
  let command = program;
  let operands = 0;
  let awaiting: Option | undefined;
  let isOnlyOperands = false;
  const given = new Set<Option>();
  const give = (option: Option, value: unknown): void => {
    if (program.options.includes(option)) program.setOptionValue(option.attributeName(), value);
  };
  for (const word of words) {
    if (awaiting !== undefined) {
      give(awaiting, word);
      awaiting = undefined;
    } else if (word === "--") {
      isOnlyOperands = true;
    } else if (word.startsWith("-") && word !== "-" && !isOnlyOperands) {
      const [name = "", ...value] = word.split("=");
      const option = optionNamed(name, command);
      if (option === undefined) continue;
      given.add(option);
      if (!takesValue(option)) give(option, true);
      else if (value.length > 0) give(option, value.join("="));
      else awaiting = option;
    } else {
      const next = command.commands.find((each) => each.name() === word);
      if (next === undefined) operands++;
      else command = next;
      await loadTopic(command);
    }
  }
  return { command, operands, given, awaiting, isOnlyOperands };
}

async function valuesOf(
  of: Option | Argument,
  command: Command,
  { prefix, typed, isOnlyOperands = false }: { prefix: string; typed: string; isOnlyOperands?: boolean },
): Promise<Completion> {
  const name = "long" in of ? of.attributeName() : of.name();
  if (of.argChoices === undefined && /file|folder|path/i.test(name)) return { kind: "files", prefix };
  const found =
    of.argChoices?.map((word) => ({ word, description: "" })) ?? (await namesFor(name, command, typed).catch(() => []));
  // A name that begins so would be taken for an option.
  const taken = isOnlyOperands ? found : found.filter(({ word }) => prefix !== "" || !word.startsWith("-"));
  const { candidates } = matching(taken, typed);
  return { kind: "words", candidates: candidates.map((each) => ({ ...each, word: prefix + each.word })) };
}

function matching(candidates: readonly Candidate[], typed: string): { kind: "words"; candidates: Candidate[] } {
  return { kind: "words", candidates: candidates.filter(({ word }) => word.startsWith(typed)) };
}

function commandsOf(command: Command): Candidate[] {
  const visible = command.createHelp().visibleCommands(command);
  return visible.map((each) => ({ word: each.name(), description: each.description() }));
}

/** Its own and those of all above it, which go everywhere. */
function optionsOf(command: Command): Option[] {
  const help = command.createHelp();
  const above: Command[] = [];
  for (let one = command.parent; one; one = one.parent) above.push(one);
  const all = [...help.visibleOptions(command), ...above.flatMap((each) => each.options)];
  return all.filter((option, at) => all.findIndex(({ long }) => long === option.long) === at);
}

function optionNamed(name: string, command: Command): Option | undefined {
  return optionsOf(command).find(({ long, short }) => name === long || name === short);
}

function takesValue({ required, optional }: Option): boolean {
  return required || optional;
}

function flagsOf({ long, short, description }: Option): Candidate[] {
  return [long ?? short].flatMap((word) => (word ? [{ word, description }] : []));
}
