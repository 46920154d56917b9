import { lint } from "../lint/lint.ts";
import type { PolicyContent } from "../policy.ts";
import { policyFileOf } from "../policy-file.ts";
import type { Place, PlacedFinding, SourceFile } from "./findings.ts";
import { readSet } from "./read-set.ts";

export type { Place, PlacedFinding, SourceFile } from "./findings.ts";

/** A policy as files have it. */
export interface PlacedPolicy extends PolicyContent {
  readonly serviceName: string;
  /** Where its definition begins. */
  readonly place: Place;
}

export type ParsedPolicySet = { warnings: readonly PlacedFinding[] } & (
  | { ok: true; policies: readonly PlacedPolicy[] }
  | { ok: false; faults: readonly PlacedFinding[] }
);

/**
 * Reads the policies of all files as one set: every fault of all of them at once, or every policy in the order of the files.
 * @param options.someUnread there are more files, which could not be read: a template that is not there may be in one of those.
 */
export function parsePolicySet(files: readonly SourceFile[], options: { someUnread?: boolean } = {}): ParsedPolicySet {
  const set = readSet(files, options);
  const warnings = lint(set, files);
  if (set.faults.length > 0) return { ok: false, faults: set.faults, warnings };
  const policies = set.services.map(({ definition: { name, place }, content }) => ({
    serviceName: name,
    ...content,
    place,
  }));
  return { ok: true, policies, warnings };
}

/** Writes policies as a file that `parsePolicySet` reads back. The shape, not the text: format it as YAML or JSON. */
export function policySetOf(policies: readonly (PolicyContent & { serviceName: string })[]): object {
  return { services: Object.fromEntries(policies.map((policy) => [policy.serviceName, policyFileOf(policy)])) };
}
