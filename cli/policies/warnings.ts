import type { PlacedFinding } from "../../shared/policies/set/policy-set.ts";
import { complain } from "../terminal/complain.ts";
import { lineOf } from "./policy-set-input.ts";

/** Most warnings that are shown; `policies validate --json` has all of them. */
const SHOWN = 50;

/** Tells on standard error what is allowed in policy files and is hardly meant. Says nothing where there is nothing. */
export function complainOfWarnings(warnings: readonly PlacedFinding[]): void {
  if (warnings.length === 0) return;
  const lines = warnings.slice(0, SHOWN).map(({ place, rule, ...finding }) => {
    const { path, problem } = lineOf({ ...place, ...finding });
    return `  ${path} ${problem} [${rule}]`;
  });
  const more = warnings.length > SHOWN ? [`  and ${warnings.length - SHOWN} more`] : [];
  const heading = warnings.length === 1 ? "1 warning:" : `${warnings.length} warnings:`;
  complain(`${[heading, ...lines, ...more].join("\n")}\n`);
}
