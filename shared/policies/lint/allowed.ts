import type { SourceFile } from "../set/findings.ts";

/** `# flashpoint: allow single-sample`, with several names where commas stand between them. */
const ALLOW = /#\s*flashpoint:\s*allow\s+([\w-]+(?:\s*,\s*[\w-]+)*)/;

/** A comment that silences a rule. */
export interface Allowance {
  readonly rule: string;
  /** The line that it stands in, and the one that it is about; both count from 1. */
  readonly line: number;
  readonly column: number;
  readonly about: number;
}

/** The comments of a file that silence rules: for their own line, or for the next one where they stand alone in theirs. */
export function allowancesOf({ text }: SourceFile): Allowance[] {
  if (!text.includes("flashpoint:")) return [];
  const lines = text.split(/\r\n?|\n/);
  const isComment = (index: number): boolean => lines[index]?.trimStart().startsWith("#") === true;
  return lines.flatMap((text, index) => {
    const [, names] = ALLOW.exec(text) ?? [];
    if (names === undefined) return [];
    let about = index;
    while (isComment(about)) about++;
    const column = text.indexOf("#") + 1;
    return names.split(",").map((name) => ({ rule: name.trim(), line: index + 1, column, about: about + 1 }));
  });
}
