import type { CommandLine } from "../../shared/diagnosis/command-line.ts";
import { conflictText } from "../../shared/policies/conflict-text.ts";
import type { Applied } from "../../shared/policies/plan/apply-plan.ts";
import type { PlannedChange } from "../../shared/policies/plan/policy-plan.ts";
import { isHandEdited, lastChange, type SeenPolicy, seenRevision } from "../../shared/policies/seen-policy.ts";
import { printable } from "../terminal/printable.ts";
import { styled } from "../terminal/style.ts";
import { someNames } from "./plan-text.ts";

const DONE: Record<PlannedChange["action"], string> = { add: "added", change: "changed", delete: "deleted" };

/** One line for a change that is done with, for whoever watches a pipe. */
export function appliedLine({ change, ...applied }: Applied): string {
  const name = printable(change.serviceName);
  if (applied.outcome === "written") return `${name}: ${DONE[change.action]}, revision ${applied.revision}`;
  return `${name}: ${styled("bad", "not applied")}; ${reasonText(change, applied)}`;
}

/** What was done in all, and of each change that was not what kept it. */
export function appliedText(all: readonly Applied[], commandLine: CommandLine): string {
  const of = (outcome: Applied["outcome"]): Applied[] => all.filter((applied) => applied.outcome === outcome);
  const written = of("written");
  const count = (action: PlannedChange["action"]): number =>
    written.filter(({ change }) => change.action === action).length;
  const already = of("already").length;
  const isAll = written.length + already === all.length;
  const counts = `${count("add")} added, ${count("change")} changed, ${count("delete")} deleted${already === 0 ? "" : `, ${already} as planned already`}`;
  const head = `${isAll ? styled("good", "Applied:") : styled("warning", "Applied in part:")} ${counts}.`;
  const notBegun = of("not begun").map(({ change }) => change.serviceName);
  return [
    written.length === 0 ? head : `${head} Agents have it with their next poll or the one after.`,
    ...of("conflict").map((applied) => `  ${styled("bad", "!")} ${appliedLine(applied)}`),
    ...of("failed").map((applied) => `  ${styled("bad", "!")} ${appliedLine(applied)}`),
    ...(notBegun.length === 0 ? [] : [`  ${styled("bad", "!")} not begun: ${notBegun.length}: ${someNames(notBegun)}`]),
    ...(isAll ? [] : [`What is left shows with \`${commandLine("policies plan -f …")}\`.`]),
  ].join("\n");
}

/** The same as programs read it. */
export function appliedJson(all: readonly Applied[], unchanged: number): object {
  const applied = all.flatMap(({ change: { serviceName, action }, ...result }) =>
    result.outcome === "written" ? [{ serviceName, action, revision: result.revision }] : [],
  );
  const conflicts = all.flatMap(({ change, ...result }) => {
    if (result.outcome !== "conflict") return [];
    const { serviceName, action } = change;
    return [{ serviceName, action, reason: reasonText(change, result), found: foundJson(result.found) }];
  });
  const notApplied = all.flatMap(({ change, ...result }) => {
    if (result.outcome !== "failed" && result.outcome !== "not begun") return [];
    const { serviceName, action } = change;
    const isBegun = result.outcome === "failed"; // and may have been written all the same
    return [{ serviceName, action, isBegun, reason: reasonText(change, result) }];
  });
  const count = (action: PlannedChange["action"]): number => applied.filter((done) => done.action === action).length;
  const summary = {
    ...{ added: count("add"), changed: count("change"), deleted: count("delete") },
    ...{ conflicts: conflicts.length, notApplied: notApplied.length, unchanged },
    alreadyDone: all.filter(({ outcome }) => outcome === "already").length,
  };
  return { applied, conflicts, notApplied, summary };
}

type Result = Applied extends infer One ? (One extends unknown ? Omit<One, "change"> : never) : never;

function reasonText(change: PlannedChange, result: Result): string {
  if (result.outcome === "conflict") return conflictText(change.seen, result.found);
  if (result.outcome === "failed")
    return result.isRefused ? result.reason : `${result.reason}; whether it was written shows with the next plan`;
  return "it was not begun";
}

function foundJson(found: SeenPolicy | undefined): object | null {
  if (found === undefined) return null;
  const { updatedAt, updatedBy } = lastChange(found);
  return {
    revision: seenRevision(found),
    updatedAt: updatedAt || null,
    updatedBy: updatedBy || null,
    editedByHand: isHandEdited(found),
  };
}
