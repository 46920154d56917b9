import { describeFault } from "../../shared/errors.ts";
import { type PlannedChange, type PolicyPlan, summaryOf } from "../../shared/policies/plan/policy-plan.ts";
import { isHandEdited, lastChange, type SeenPolicy, seenRevision } from "../../shared/policies/seen-policy.ts";
import { printable } from "../terminal/printable.ts";
import { type Style, styled } from "../terminal/style.ts";
import { differenceLines } from "./difference-lines.ts";

const MARKS: Record<PlannedChange["action"], readonly [mark: string, style: Style]> = {
  add: ["+", "good"],
  change: ["~", "warning"],
  delete: ["-", "bad"],
};
const SHOWN_FAULTS = 3;
const SHOWN_NAMES = 10;

/**
 * A plan as a person reads it, service by service, with the sum at its end.
 * @param options.isSaved it was made before, so there is nothing to add to it now.
 */
export function planText(plan: PolicyPlan, { isSaved = false } = {}): string {
  const changes = plan.changes.map((change) => `${changeText(change)}\n\n`).join("");
  return `${changes}${[summaryText(plan), ...leftAloneText(plan, isSaved ? "" : " (--prune deletes them)")].join("\n")}`;
}

/** One service's change: what it is now, and each field that differs. */
export function changeText({ action, serviceName, seen, differences }: PlannedChange): string {
  const [mark, style] = MARKS[action];
  const heading = `  ${styled(style, mark)} ${styled("strong", printable(serviceName))}${seen === undefined ? "" : `  ${seenText(seen)}`}`;
  return [heading, ...notesOn(seen), ...differenceLines(differences)]
    .map((line, index) => (index === 0 ? line : `      ${line}`))
    .join("\n");
}

function seenText(seen: SeenPolicy): string {
  if (seenRevision(seen) === 0) return styled("faint", "(made by hand)");
  const { updatedAt, updatedBy } = lastChange(seen);
  const who = `${updatedAt || "no date"} by ${updatedBy || "nobody named"}`;
  return styled("faint", printable(`(revision ${seenRevision(seen)}, ${who})`));
}

function notesOn(seen: SeenPolicy | undefined): string[] {
  if (seen === undefined) return [];
  const { stored } = seen;
  if (stored.state === "valid") {
    return isHandEdited(seen) && seenRevision(seen) > 0
      ? [styled("warning", "edited by hand since then; its edit is kept in the history")]
      : [];
  }
  const more = stored.faults.length - SHOWN_FAULTS;
  return [
    styled("warning", "not valid, so agents do not get it; it is kept in the history as it stands"),
    ...stored.faults.slice(0, SHOWN_FAULTS).map((fault) => `  ${printable(describeFault(fault))}`),
    ...(more > 0 ? [`  and ${more} more`] : []),
  ];
}

function summaryText(plan: PolicyPlan): string {
  const { add, change, delete: deleted, unchanged } = summaryOf(plan);
  if (plan.changes.length === 0) {
    const which = unchanged === 1 ? "the one policy is" : `all ${unchanged} policies are`;
    return `${styled("good", "No changes:")} ${unchanged === 0 ? "the files have no policy." : `${which} as the files say.`}`;
  }
  return `${styled("strong", "Plan:")} ${add} to add, ${change} to change, ${deleted} to delete, ${unchanged} unchanged.`;
}

function leftAloneText({ leftAlone }: PolicyPlan, hint: string): string[] {
  if (leftAlone.length === 0) return [];
  const what = leftAlone.length === 1 ? "1 policy is" : `${leftAlone.length} policies are`;
  return [styled("faint", `${what} not in the files, left alone${hint}: ${someNames(leftAlone)}`)];
}

/** The first names, and how many more there are. */
export function someNames(names: readonly string[]): string {
  const shown = names.slice(0, SHOWN_NAMES).map(printable).join(", ");
  return names.length > SHOWN_NAMES ? `${shown} and ${names.length - SHOWN_NAMES} more` : shown;
}
