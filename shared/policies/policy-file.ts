import type { Fault } from "../errors.ts";
import { lint } from "./lint/lint.ts";
import { type PolicyContent, spokenCheck } from "./policy.ts";
import type { Place, PlacedFinding, SourceFile } from "./set/findings.ts";
import { readSet } from "./set/read-set.ts";

/** A fault in a file, with the place to look at; both count from 1. */
export interface FileFault extends Fault {
  line: number;
  column: number;
}

export type ParsedPolicyFile = ({ ok: true } & PolicyContent) | { ok: false; faults: FileFault[] };

/** Largest file of policies in bytes: some ten thousand services, or a few hundred with long lists of URIs. */
export const MAX_POLICY_FILE_BYTES = 8 * 1_024 * 1_024;

/**
 * Reads a file with the policy of one service: the YAML that SkyWalking's `swctl` takes, or the same as JSON.
 * `policy: [{type: ON_CPU, checkers: [{type: PROCESS_CPU, threshold: 80, period: 10, count: 3}]}]`, and beside it
 * `budget: {maxActive: 5}`, which is Flashpoint's own. A file of many will do where it holds but one, templates aside.
 */
export function parsePolicyFile(text: string): ParsedPolicyFile {
  const read = readOnePolicy([{ name: "", text }]);
  if (read.ok) return { ok: true, ...read.content };
  const faults = read.faults.map(({ path, problem, place: { line, column } }) => ({ path, problem, line, column }));
  return { ok: false, faults };
}

/**
 * Reads files that have the policy of one service between them.
 * @param serviceName the service that it has to be for, if they name one.
 */
export function readOnePolicy(
  files: readonly SourceFile[],
  serviceName?: string,
):
  | { ok: true; content: PolicyContent; warnings: readonly PlacedFinding[] }
  | { ok: false; faults: readonly PlacedFinding[] } {
  const named = files.map((file) => ({ ...file, service: serviceName ?? "the service" }));
  const set = readSet(named);
  const { services, faults } = set;
  if (faults.length > 0) return { ok: false, faults };
  const [only, second] = services;
  const refused = (place: Place, path: string, problem: string) =>
    ({ ok: false, faults: [{ place, path, problem }] }) as const;
  if (only === undefined) {
    return refused(
      { file: files[0]?.name ?? "", line: 1, column: 1 },
      "services",
      "is missing; there are templates alone",
    );
  }
  if (second !== undefined) {
    const { place, path } = second.definition;
    return refused(place, path, `is the second of ${services.length} services; the policy of one is asked for`);
  }
  const { name, place, path } = only.definition;
  if (serviceName !== undefined && name !== serviceName)
    return refused(place, path, `is of ${name}, not of ${serviceName}`);
  return { ok: true, content: only.content, warnings: lint(set, named) };
}

/** Writes a policy as a file that `parsePolicyFile` reads back. The shape, not the text: format it as YAML or JSON. */
export function policyFileOf({ targets, budget }: PolicyContent): { policy: object[]; budget?: object } {
  return {
    ...(budget && { budget }),
    policy: Object.entries(targets).map(([target, checks]) => ({
      type: target,
      checkers: Object.entries(checks).map(([type, check]) => ({
        type,
        ...spokenCheck(check),
        threshold: Number(check.threshold), // canonical text: the number says the same, to the last digit
      })),
    })),
  };
}
