import { describeFaults, NotFound } from "../../shared/errors.ts";
import type { PastRevision } from "../../shared/policies/history/past.ts";
import type { Revision } from "../../shared/policies/history/revision.ts";
import { differencesOf } from "../../shared/policies/plan/differences.ts";
import type { PolicyContent } from "../../shared/policies/policy.ts";
import { policyFileOf } from "../../shared/policies/policy-file.ts";
import { shortened } from "../terminal/display-width.ts";
import { styled } from "../terminal/style.ts";
import { differencesText } from "./difference-lines.ts";

/** Longest WHAT where there is no terminal, the least on one, and what stands before it there, about. */
const MAX_WHAT = 200;
const LEAST_WHAT = 40;
const OTHER_COLUMNS = 66;

/** What a revision did, in a few words. */
export function whatText({ revision, before }: PastRevision): string {
  if (revision.state === "deleted") return styled("bad", "deleted");
  if (revision.state === "invalid") return styled("warning", `not valid; faults: ${revision.faults.length}`);
  if (before === undefined)
    return revision.revision === 1 ? `made: ${short(undefined, revision)}` : short(undefined, revision);
  if (before.state === "deleted") return `made again: ${short(undefined, revision)}`;
  if (before.state === "invalid") return `mended: ${short(undefined, revision)}`;
  return short(before.content, revision) || "no difference";
}

function short(before: PolicyContent | undefined, after: Extract<Revision, { state: "valid" }>): string {
  const text = differencesText(differencesOf(before, after.content));
  return shortened(before === undefined ? text.replaceAll(/(^|, )\+ /g, "$1") : text, mostColumns());
}

function mostColumns(): number {
  const { isTTY, columns } = process.stdout;
  return isTTY ? Math.max((columns || 80) - OTHER_COLUMNS, LEAST_WHAT) : MAX_WHAT;
}

/** The same as programs read it. */
export function pastJson({ revision, before, isCurrent }: PastRevision): object {
  const { updatedAt, updatedBy, state } = revision;
  const previous = before?.state === "valid" ? before.content : undefined;
  return {
    revision: revision.revision,
    state,
    isCurrent,
    updatedAt: updatedAt || null,
    updatedBy: updatedBy || null,
    content: revision.state === "valid" ? policyFileOf(revision.content) : null,
    faults: revision.state === "invalid" ? revision.faults : [],
    differences: revision.state === "valid" ? differencesOf(previous, revision.content) : [],
  };
}

/**
 * @returns a revision that can be had back.
 * @throws NotFound if it is not kept; an Error if it was a deletion or is not valid, with what to do.
 */
export function contentOfRevision(
  past: readonly PastRevision[],
  number: number,
): { revision: Revision; content: PolicyContent } {
  const revision = past.find((entry) => entry.revision.revision === number)?.revision;
  const name = past[0]?.revision.serviceName;
  if (revision === undefined) {
    const kept = past.map((entry) => entry.revision.revision).join(", ");
    throw new NotFound(`${name} has no revision ${number}; there are ${kept}`);
  }
  if (revision.state === "deleted") {
    throw new Error(`revision ${number} of ${name} is its deletion; to have none, delete it: policies delete`);
  }
  if (revision.state === "invalid") {
    throw new Error(`revision ${number} of ${name} is not valid: ${describeFaults(revision.faults)}`);
  }
  return { revision, content: revision.content };
}
