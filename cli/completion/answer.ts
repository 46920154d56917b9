import { createProgram } from "../program.ts";
import { printable } from "../terminal/printable.ts";
import type { Candidate } from "./candidate.ts";
import { complete } from "./candidates.ts";
import { splitLine } from "./split-line.ts";

/**
 * What a shell's function asks, as `flashpoint __complete SHELL …`; scripts.ts has the functions. Prints `words` and a line
 * for each candidate, or `files` and what stands before the file's name. Prints nothing if anything goes wrong: somebody is
 * typing.
 */
export async function answerShell(shell: string, args: readonly string[]): Promise<void> {
  try {
    process.stdout.write(`${(shell === "bash" ? await forBash(args) : await forOthers(args)).join("\n")}\n`);
  } catch {}
  // Whatever is still under way to an engine is not waited for.
  process.stdout.write("", () => process.exit(0));
}

/** Words as zsh and fish have them, without quotes, from behind the program's name; they quote what they take. */
async function forOthers(words: readonly string[]): Promise<string[]> {
  const completion = await complete(createProgram(), words);
  if (completion.kind === "files") return ["files", completion.prefix];
  return ["words", ...safe(completion.candidates).map(({ word, description }) => `${word}\t${firstLine(description)}`)];
}

/** A line up to the cursor, and what else breaks words for readline: it takes our words from behind the last of these. */
async function forBash([breaks = "", line = ""]: readonly string[]): Promise<string[]> {
  const { words, quote } = splitLine(line);
  const typed = words.at(-1) ?? "";
  const completion = await complete(createProgram(), words.slice(1));
  if (completion.kind === "files") return ["files"];
  const known = quote === "" ? typed.replace(new RegExp(`[^${inClass(breaks)}]*$`), "") : "";
  return ["words", ...safe(completion.candidates).map(({ word }) => quoted(word.slice(known.length), quote))];
}

/** Who types shall not be shown, let alone given, what steers a terminal; such a name is typed out or taken from a list. */
function safe(candidates: readonly Candidate[]): Candidate[] {
  return candidates.filter(({ word }) => word !== "" && printable(word) === word);
}

function firstLine(text: string): string {
  return printable(text.replaceAll(/\s+/g, " "));
}

function quoted(word: string, quote: string): string {
  if (quote === '"') return word.replaceAll(/[$`"\\]/g, "\\$&");
  return quote === "'" ? word.replaceAll("'", "'\\''") : word.replaceAll(/[^\w.,:/@%+=-]/g, "\\$&");
}

/** Those of COMP_WORDBREAKS that stand within our words. */
function inClass(breaks: string): string {
  return [...breaks].filter((char) => ":=@".includes(char)).join("") || "\\n";
}
