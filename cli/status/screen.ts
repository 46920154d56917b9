import { displayWidth, shortened } from "../terminal/display-width.ts";
import { printable } from "../terminal/printable.ts";
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
/** On a terminal narrower than this, what is said stands below the name. */
const NARROW = 48;
const NARROW_INDENT = 2;
/** How wide a screen is that nobody sees. */
export const USUAL_COLUMNS = 100;

/** A line for each subject, and below it what to do, once, if that does not fit beside it: 23 lines at most unless it is narrow. */
export function screenText(head: string, lines: readonly SeenLine[], columns: number = USUAL_COLUMNS): string {
  const width = columns || USUAL_COLUMNS;
  const told = new Set<string>();
  const body = lines.flatMap(({ name, shown }) => {
    const { advice = "" } = shown;
    const isNews = !told.has(advice);
    told.add(advice);
    return linesOf(name, isNews ? shown : { ...shown, advice: undefined }, width);
  });
  return [styled("strong", shortened(printable(head), width)), "", ...body].join("\n");
}

function linesOf(name: string, { state, text, advice }: Shown, columns: number): string[] {
  const isNarrow = columns < NARROW;
  const start = `${MARKS[state]} ${inWords(name)}`;
  const indent = isNarrow ? NARROW_INDENT : INDENT;
  const gap = " ".repeat(indent);
  const texts = [text].flat().map((line) => shortened(printable(line), columns - indent));
  const besideName = start + " ".repeat(INDENT - displayWidth(plain(start)));
  const shown = isNarrow
    ? [start, ...texts.map((line) => gap + line)]
    : texts.map((line, index) => (index === 0 ? besideName : gap) + line);
  if (advice === undefined) return shown;
  const todo = styled("faint", `→ ${printable(advice)}`);
  const width = displayWidth(plain(todo));
  const [only = "", ...others] = shown;
  if (others.length === 0 && displayWidth(plain(only)) + 2 + width <= columns) return [`${only}  ${todo}`];
  // What is longer than a line is to be copied: it begins where lines begin.
  return [...shown, indent + width <= columns ? gap + todo : todo];
}

/** For instance `dead letters` of `deadLetters`. */
function inWords(name: string): string {
  return name.replaceAll(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
}
