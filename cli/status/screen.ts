import { printable } from "../output.ts";
import { plain, styled } from "../terminal/style.ts";
import type { Shown } from "./line.ts";
import type { SeenLine } from "./lines.ts";

const MARKS = {
  good: styled("good", "✓"),
  warning: styled("warning", "!"),
  bad: styled("bad", "✗"),
} satisfies Record<Shown["state"], string>;
/** Of a name, with the mark in front and a gap behind. */
const INDENT = 16;
/** How wide a screen is that nobody sees. */
export const USUAL_COLUMNS = 100;

/** A line for each subject, and below it what to do if that does not fit beside it: 20 lines at most. */
export function screenText(head: string, lines: readonly SeenLine[], columns: number = USUAL_COLUMNS): string {
  const body = lines.flatMap(({ name, shown }) => lineOf(name, shown, Math.max(columns, 2 * INDENT)));
  return [styled("strong", printable(head)), "", ...body].join("\n");
}

function lineOf(name: string, { state, text, advice }: Shown, columns: number): string[] {
  const start = `${MARKS[state]} ${inWords(name).padEnd(INDENT - 2)}`;
  const shown = cut(printable(text), columns - INDENT);
  if (advice === undefined) return [start + shown];
  const todo = styled("faint", `→ ${printable(advice)}`);
  const fits = INDENT + shown.length + plain(todo).length + 2 <= columns;
  return fits ? [`${start}${shown}  ${todo}`] : [start + shown, " ".repeat(INDENT) + todo];
}

/** For instance `dead letters` of `deadLetters`. */
function inWords(name: string): string {
  return name.replaceAll(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
}

function cut(text: string, most: number): string {
  return text.length > most ? `${text.slice(0, most - 1)}…` : text;
}
