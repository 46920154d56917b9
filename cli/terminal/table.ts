import { displayWidth, shortened } from "./display-width.ts";
import { printable } from "./printable.ts";
import { shortTimes } from "./short-times.ts";
import { plain, restyled, styled } from "./style.ts";

/** Columns of what one copies into the next command: they are never shortened. */
const COPIED = new Set(["NAME", "ID", "EVENT", "TASK", "SERVICE", "AGENT", "COLLECTOR", "REVISION", "TABLE", "QUEUE"]);
/** No column that may be shortened becomes narrower than this, unless its cells are. */
const LEAST = 10;
const GAP = 2;
const INDENT = 4;

/**
 * Rows under headings, in columns as wide as they need to be.
 *
 * On a terminal that is too narrow for them, times are shown as ages; then the widest cells are shortened, but never what
 * one copies; and what has no room even then follows on a line of its own, indented. A pipe gets it all, one line a row.
 * @param columns of the terminal; undefined for a pipe.
 */
export function table(
  headings: readonly string[],
  rows: readonly (readonly string[])[],
  columns: number | undefined = process.stdout.isTTY ? process.stdout.columns || undefined : undefined,
): string {
  const clean = rows.map((row) => headings.map((_, column) => printable(row[column] ?? "")));
  const wanted = widthsOf(headings, clean);
  if (columns === undefined || total(wanted) <= columns) return lines(headings, clean, wanted).join("\n");
  const now = Date.now();
  const aged = clean.map((row) => row.map((cell) => shortTimes(cell, now)));
  const widths = widthsOf(headings, aged);
  const least = widths.map((width, column) =>
    COPIED.has(headings[column] ?? "") ? width : Math.min(width, Math.max(LEAST, headings[column]?.length ?? 0)),
  );
  const folded: string[][] = [headings, ...aged].map(() => []);
  for (let from = 0; from < headings.length; ) {
    const room = from === 0 ? columns : columns - INDENT;
    const beyond = headings.findIndex((_, at) => at > from && total(least.slice(from, at + 1)) > room);
    const to = beyond < 0 ? headings.length : beyond;
    const of = <T>(cells: readonly T[]): T[] => cells.slice(from, to);
    const part = fitted(of(headings), aged.map(of), { widths: of(widths), least: of(least), columns: room });
    for (const [row, line] of part.entries())
      if (from === 0 || line !== "") folded[row]?.push(from === 0 ? line : " ".repeat(INDENT) + line);
    from = to;
  }
  return folded.flat().join("\n");
}

function fitted(
  headings: readonly string[],
  rows: readonly (readonly string[])[],
  { widths, least, columns }: { widths: readonly number[]; least: readonly number[]; columns: number },
): string[] {
  const fitting = narrowed(widths, least, columns);
  const cut = rows.map((row) =>
    row.map((cell, at) => {
      const width = fitting[at] ?? 0;
      return displayWidth(plain(cell)) <= width ? cell : restyled(cell, (text) => shortened(text, width));
    }),
  );
  return lines(headings, cut, fitting);
}

/** Takes from the widest that may be narrower, until all fit or none may. */
function narrowed(widths: readonly number[], least: readonly number[], columns: number): number[] {
  const fitting = [...widths];
  for (let over = total(fitting) - columns; over > 0; over--) {
    const spare = fitting.map((width, at) => (width > (least[at] ?? 0) ? width : -1));
    const widest = spare.indexOf(Math.max(...spare));
    if ((spare[widest] ?? -1) < 0) break;
    fitting[widest] = (fitting[widest] ?? 0) - 1;
  }
  return fitting;
}

function lines(headings: readonly string[], rows: readonly (readonly string[])[], widths: readonly number[]): string[] {
  const line = (cells: readonly string[]): string =>
    cells
      .map((cell, at) => (at === cells.length - 1 ? cell : cell + " ".repeat(gapBehind(cell, widths[at] ?? 0))))
      .join("")
      .trimEnd();
  return [headings.map((heading) => styled("strong", heading)), ...rows].map(line);
}

function gapBehind(cell: string, width: number): number {
  return Math.max(0, width - displayWidth(plain(cell))) + GAP;
}

function widthsOf(headings: readonly string[], rows: readonly (readonly string[])[]): number[] {
  return headings.map((heading, at) =>
    rows.reduce((widest, row) => Math.max(widest, displayWidth(plain(row[at] ?? ""))), heading.length),
  );
}

function total(widths: readonly number[]): number {
  return widths.reduce((sum, width) => sum + width + GAP, -GAP);
}
