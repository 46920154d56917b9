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
  /** Of a warning, the rule that it is from; faults have none. */
  readonly rule?: string;
}

/** Most faults that are kept: whoever mends a thousand may ask again. */
export const MAX_FINDINGS = 1_000;
/** Longest path that is kept: keys come from outside. */
const MAX_PATH = 256;

/** Gathers findings, each once, though many services may have it from the same template. */
export interface Findings {
  add(place: Place, path: string, problem: string, rule?: string): void;
  /** From top to bottom of each file, the files in the order given; what was too much is counted in a last one. */
  list(files: readonly SourceFile[]): PlacedFinding[];
}

/** @param isSilenced whether somebody wants to hear nothing of a finding. */
export function createFindings(isSilenced: (finding: PlacedFinding) => boolean = () => false): Findings {
  const known = new Set<string>();
  const kept: PlacedFinding[] = [];
  let left = 0;
  return {
    add(place, path, problem, rule) {
      const finding = { path: path.slice(0, MAX_PATH), problem, place, ...(rule !== undefined && { rule }) };
      if (isSilenced(finding)) return;
      if (kept.length === MAX_FINDINGS) {
        left++;
        return;
      }
      const key = JSON.stringify(finding);
      if (known.has(key)) return;
      known.add(key);
      kept.push(finding);
    },
    list(files) {
      const sorted = inOrder(kept, files);
      const last = sorted.at(-1);
      if (left > 0 && last !== undefined) sorted.push({ ...last, path: "", problem: `and ${left} more` });
      return sorted;
    },
  };
}

function inOrder(findings: readonly PlacedFinding[], files: readonly SourceFile[]): PlacedFinding[] {
  const order = new Map(files.map(({ name }, index) => [name, index]));
  const fileOf = ({ place }: PlacedFinding): number => order.get(place.file) ?? -1;
  return findings.toSorted(
    (a, b) => fileOf(a) - fileOf(b) || a.place.line - b.place.line || a.place.column - b.place.column,
  );
}

/** `file:line:column`, which editors open and terminals link. */
export function placeText({ file, line, column }: Place): string {
  return `${file}:${line}:${column}`;
}
