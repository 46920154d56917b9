import { table } from "../support/table.ts";
import type { Answer } from "./target.ts";
import type { Usage } from "./usage.ts";

/** What came of the cases so far. */
export interface Tally {
  count(target: string, answer: Answer): void;
  readonly cases: number;
  /** Cases by target and kind of answer. */
  table(): string;
}

export function createTally(): Tally {
  const kinds = new Map<string, Map<string, number>>();
  let cases = 0;
  return {
    count(target, { kind }) {
      cases++;
      const of = kinds.get(target) ?? new Map<string, number>();
      kinds.set(target, of.set(kind, (of.get(kind) ?? 0) + 1));
    },
    get cases() {
      return cases;
    },
    table() {
      const rows = [...kinds].flatMap(([target, of]) =>
        [...of].sort((a, b) => b[1] - a[1]).map(([kind, count]) => [target, kind, count]),
      );
      return table(["target", "answer", "cases"], rows);
    },
  };
}

/** A moment at which the processes were looked at. */
export interface Look {
  readonly when: string;
  /** How many cases there were by then. */
  readonly cases: number;
  readonly server: Usage;
  readonly lambda: Usage;
}

export function usageTable(looks: readonly Look[]): string {
  const columns = ["rss", "heap", "external", "handles", "sockets"] as const;
  const headings = ["after", ...columns.map((name) => `server ${name}`), ...columns.map((name) => `lambda ${name}`)];
  const rows = looks.map(({ when, server, lambda }) => [
    when,
    ...[server, lambda].flatMap((usage) => columns.map((name) => Math.round(usage[name]))),
  ]);
  return `memory in MiB, once garbage is collected\n${table(headings, rows)}`;
}
