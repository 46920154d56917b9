import type { Command } from "commander";
import { maskedText, withoutOwnSecrets } from "../shared/masked-text.ts";
import { coloured, plain } from "./terminal/style.ts";

/**
 * Prints `value` as JSON if --json was given, else `text`. Names may be secrets that were typed in the wrong place.
 * @param options.showsSecret for what shows a secret that was made just now, this once.
 */
export function print(command: Command, value: unknown, text: () => string, { showsSecret = false } = {}): void {
  const { json } = command.optsWithGlobals<{ json?: boolean }>();
  const lines = printableLines(json ? `${JSON.stringify(value, null, 2)}\n` : ensureNewline(text()));
  process.stdout.write(coloured(showsSecret ? lines : withoutOwnSecrets(lines), process.stdout));
}

/** Tells whoever runs the program what is wrong; AWS repeats what was sent to it. */
export function complain(text: string): void {
  process.stderr.write(printableLines(maskedText(text)));
}

/** The same of how it was called; of an option that there is not, the value may be a secret. */
export function complainOfUsage(text: string): void {
  complain(text.replace(/(unknown option '[^'=]+)=.*'/s, "$1=…'"));
}

/** Rows under headings, in columns as wide as they need to be. */
export function table(headings: readonly string[], rows: readonly (readonly string[])[]): string {
  const clean = rows.map((row) => row.map(printable));
  const widths = headings.map((heading, column) =>
    Math.max(heading.length, ...clean.map((row) => plain(row[column] ?? "").length)),
  );
  const line = (cells: readonly string[]): string =>
    cells
      .map((cell, column) => cell + " ".repeat((widths[column] ?? 0) - plain(cell).length))
      .join("  ")
      .trimEnd();
  return [headings, ...clean].map(line).join("\n");
}

/** Names come from agents and from hands: what could steer a terminal is shown, not obeyed. */
export function printable(text: string): string {
  return text.replace(/\p{Cc}/gu, escaped);
}

/** The same for text of several lines. In JSON and YAML the escapes mean what they stand for. */
export function printableLines(text: string): string {
  return text.replace(/[^\P{Cc}\n\t]/gu, escaped);
}

function escaped(char: string): string {
  return `\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}`;
}

function ensureNewline(text: string): string {
  return text.endsWith("\n") || text === "" ? text : `${text}\n`;
}
