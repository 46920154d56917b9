import type { Fault } from "../../errors.ts";
import type { PolicyContent } from "../policy.ts";
import { parsePolicyFile, policyFileOf } from "../policy-file.ts";

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
}

/** A policy as files have it. */
export interface PlacedPolicy extends PolicyContent {
  readonly serviceName: string;
  /** Where its definition begins. */
  readonly place: Place;
}

/** A fault, or what is merely worth a thought, with the place to look at. */
export interface PlacedFinding extends Fault {
  readonly place: Place;
}

export type ParsedPolicySet = { warnings: readonly PlacedFinding[] } & (
  | { ok: true; policies: readonly PlacedPolicy[] }
  | { ok: false; faults: readonly PlacedFinding[] }
);

/** Reads the policies of all files as one set. */
export function parsePolicySet(files: readonly SourceFile[]): ParsedPolicySet {
  const policies: PlacedPolicy[] = [];
  for (const { name, text } of files) {
    const parsed = parsePolicyFile(text);
    if (!parsed.ok) {
      const faults = parsed.faults.map(({ path, problem, ...place }) => ({
        path,
        problem,
        place: { file: name, ...place },
      }));
      return { ok: false, faults, warnings: [] };
    }
    const { ok: _, ...content } = parsed;
    const serviceName = name.replace(/^.*\//, "").replace(/\.\w+$/, "");
    policies.push({ serviceName, ...content, place: { file: name, line: 1, column: 1 } });
  }
  return { ok: true, policies, warnings: [] };
}

/** Writes policies as a file that `parsePolicySet` reads back. The shape, not the text: format it as YAML or JSON. */
export function policySetOf(policies: readonly (PolicyContent & { serviceName: string })[]): object {
  return { services: Object.fromEntries(policies.map((policy) => [policy.serviceName, policyFileOf(policy)])) };
}
