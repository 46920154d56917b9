import type { Difference, DifferenceValue } from "../../shared/policies/plan/differences.ts";
import type { SpokenCheck } from "../../shared/policies/policy.ts";
import { printable } from "../terminal/printable.ts";
import { styled } from "../terminal/style.ts";

/** Paths of a list that are named, at most; whoever wants all has --json. */
const SHOWN_URIS = 20;

/** What differs, a line for each field and, within a list of paths, for each path. */
export function differenceLines(differences: readonly Difference[]): string[] {
  return differences.flatMap(linesOf);
}

function linesOf({ path, before, after }: Difference): string[] {
  const name = path.replaceAll(".", " ");
  if (Array.isArray(before) || Array.isArray(after)) return uriLines(name, listOf(before), listOf(after));
  if (before === null) return [added(`${name} ${valueText(after)}`)];
  if (after === null) return [removed(`${name} ${valueText(before)}`)];
  return [changed(`${name} ${valueText(before)} → ${valueText(after)}`)];
}

function uriLines(name: string, before: readonly string[], after: readonly string[]): string[] {
  const lines = [
    ...before.filter((uri) => !after.includes(uri)).map((uri) => removed(printable(uri))),
    ...after.filter((uri) => !before.includes(uri)).map((uri) => added(printable(uri))),
  ];
  const more = lines.length - SHOWN_URIS;
  const shown = more > 0 ? [...lines.slice(0, SHOWN_URIS), `… and ${more} more`] : lines;
  return [changed(name), ...shown.map((line) => `    ${line}`)];
}

/** One short line of what differs, for a table. */
export function differencesText(differences: readonly Difference[]): string {
  return differences
    .map(({ path, before, after }) => {
      const name = path.replaceAll(".", " ");
      if (before === null) return `+ ${name}${shortValue(after)}`;
      if (after === null) return `- ${name}`;
      return Array.isArray(before) || Array.isArray(after)
        ? `${name} ${listChange(listOf(before), listOf(after))}`
        : `${name} ${valueText(before)} → ${valueText(after)}`;
    })
    .join(", ");
}

function listChange(before: readonly string[], after: readonly string[]): string {
  const plus = after.filter((uri) => !before.includes(uri)).length;
  const minus = before.filter((uri) => !after.includes(uri)).length;
  return [...(plus > 0 ? [`+${plus}`] : []), ...(minus > 0 ? [`-${minus}`] : [])].join(" ");
}

function shortValue(value: DifferenceValue | null): string {
  if (typeof value === "string" || typeof value === "number") return ` ${valueText(value)}`;
  return isCheck(value) ? ` ≥${value.threshold} ${value.count}/${value.period}s` : "";
}

function valueText(value: DifferenceValue | null): string {
  if (typeof value === "string") return /^[\d.]+$/.test(value) ? value : JSON.stringify(value);
  if (!isCheck(value)) return String(value);
  const { threshold, period, count, uriList, uriRegex } = value;
  return [
    `threshold ${threshold}, period ${period}, count ${count}`,
    ...(uriList === undefined ? [] : [`uriList ${shortList(uriList)}`]),
    ...(uriRegex === undefined ? [] : [`uriRegex ${JSON.stringify(uriRegex)}`]),
  ].join(", ");
}

function shortList(uris: readonly string[]): string {
  const more = uris.length > 5 ? `, … ${uris.length} in all` : "";
  return `[${uris
    .slice(0, 5)
    .map((uri) => printable(uri))
    .join(", ")}${more}]`;
}

function isCheck(value: DifferenceValue | null): value is SpokenCheck {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function listOf(value: DifferenceValue | null): readonly string[] {
  return Array.isArray(value) ? value : [];
}

function added(text: string): string {
  return `${styled("good", "+")} ${text}`;
}

function removed(text: string): string {
  return `${styled("bad", "-")} ${text}`;
}

function changed(text: string): string {
  return `${styled("warning", "~")} ${text}`;
}
