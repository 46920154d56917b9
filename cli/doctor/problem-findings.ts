import type { Problem } from "../../shared/diagnosis/inspect/problem.ts";
import type { Finding } from "./check.ts";

/** How the problems of tables or queues are told. */
export interface Telling {
  /** What they are together, for instance `tables`. */
  readonly all: string;
  /** How many were looked at. */
  readonly count: number;
  advice(problem: Problem): string | undefined;
  breaks(names: readonly string[]): readonly string[];
}

/** As many names stand in a line. */
const NAMED = 3;

/** A finding for each kind of problem: what is true of ten tables is said once. */
export function problemFindings(problems: readonly Problem[], { all, count, advice, breaks }: Telling): Finding[] {
  const alike = Map.groupBy(problems, ({ kind, text, isBearable }) => `${kind} ${isBearable} ${text}`);
  return [...alike.values()].map((group) => {
    const [first] = group as [Problem, ...Problem[]];
    const names = [...new Set(group.map(({ of }) => of))];
    const whose = names.length === count && count > 1 ? `each of the ${all}` : named(names);
    return {
      status: first.isBearable ? "warning" : "failed",
      detail: first.kind === "away" ? first.text : `${whose} ${first.text}`,
      advice: advice(first),
      breaks: first.isBearable ? [] : breaks(names),
    };
  });
}

/** For instance `a, b and 3 more`. */
function named(names: readonly string[]): string {
  const more = names.length > NAMED ? ` and ${names.length - NAMED} more` : "";
  return names.slice(0, NAMED).join(", ") + more;
}
