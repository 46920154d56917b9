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

/** A line for each subject, and below it what to do, once, if that does not fit beside it: 23 lines at most. */
export function screenText(head: string, lines: readonly SeenLine[], columns: number = USUAL_COLUMNS): string {
  const told = new Set<string>();
  const body = lines.flatMap(({ name, shown }) => {
    const { advice = "" } = shown;
    const isNews = !told.has(advice);
    told.add(advice);
    return linesOf(name, isNews ? shown : { ...shown, advice: undefined }, Math.max(columns, 2 * INDENT));
  });
  return [styled("strong", printable(head)), "", ...body].join("\n");
}

function linesOf(name: string, { state, text, advice }: Shown, columns: number): string[] {
  const start = `${MARKS[state]} ${inWords(name).padEnd(INDENT - 2)}`;
  const gap = " ".repeat(INDENT);
  const texts = text.split("\n").map((line) => cut(printable(line), columns - INDENT));
  const shown = texts.map((line, index) => (index === 0 ? start : gap) + line);
  if (advice === undefined) return shown;
  const todo = styled("faint", `→ ${printable(advice)}`);
  const fits = texts.length === 1 && INDENT + (texts[0]?.length ?? 0) + plain(todo).length + 2 <= columns;
  return fits ? [`${shown[0]}  ${todo}`] : [...shown, gap + todo];
}

/** For instance `dead letters` of `deadLetters`. */
function inWords(name: string): string {
  return name.replaceAll(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
}

function cut(text: string, most: number): string {
  return text.length > most ? `${text.slice(0, most - 1)}…` : text;
}
