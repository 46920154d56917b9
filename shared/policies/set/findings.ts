import type { Fault } from "../../errors.ts";

/** Where something stands in a file; both numbers count from 1. */
export interface Place {
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

/** A file that somebody wrote policies into. */
export interface SourceFile {
  readonly name: string;
  readonly text: string;
  /**
   * The service that a policy is for where the file does not name it. Left out, it is the name of the file without folder
   * and ending; null says that there is none, as for standard input.
   */
  readonly service?: string | null;
}

/** A fault, or what is merely worth a thought, with the place to look at. */
export interface PlacedFinding extends Fault {
  readonly place: Place;
}

/** Most faults that are kept: whoever mends a thousand may ask again. */
export const MAX_FINDINGS = 1_000;
/** Longest path that is kept: keys come from outside. */
const MAX_PATH = 256;

/** Gathers findings, each once, though many services may have it from the same template. */
export interface Findings {
  add(place: Place, path: string, problem: string): void;
  /** Whether anything was found. */
  found(): boolean;
  /** From top to bottom of each file, the files in the order given; what was too much is counted in a last one. */
  list(files: readonly SourceFile[]): PlacedFinding[];
}

export function createFindings(): Findings {
  const known = new Set<string>();
  const kept: PlacedFinding[] = [];
  let left = 0;
  return {
    add(place, path, problem) {
      if (kept.length === MAX_FINDINGS) {
        left++;
        return;
      }
      const key = JSON.stringify([place.file, place.line, place.column, path, problem]);
      if (known.has(key)) return;
      known.add(key);
      kept.push({ path: path.slice(0, MAX_PATH), problem, place });
    },
    found: () => kept.length > 0,
    list(files) {
      const sorted = inOrder(kept, files);
      const last = sorted.at(-1);
      if (left > 0 && last !== undefined) sorted.push({ path: "", problem: `and ${left} more`, place: last.place });
      return sorted;
    },
  };
}

export function inOrder<T extends PlacedFinding>(findings: readonly T[], files: readonly SourceFile[]): T[] {
  const order = new Map(files.map(({ name }, index) => [name, index]));
  const fileOf = ({ place }: T): number => order.get(place.file) ?? -1;
  return findings.toSorted(
    (a, b) => fileOf(a) - fileOf(b) || a.place.line - b.place.line || a.place.column - b.place.column,
  );
}

/** `file:line:column`, which editors open and terminals link. */
export function placeText({ file, line, column }: Place): string {
  return `${file}:${line}:${column}`;
}
