import { type Fault, InvalidInput } from "../../shared/errors.ts";
import type { ParsedPolicySet, PlacedFinding } from "../../shared/policies/set/policy-set.ts";

/** The policies of a set of files, and what is worth a thought about them. */
export type PolicySet = Pick<Extract<ParsedPolicySet, { ok: true }>, "policies" | "warnings">;

/**
 * Reads and checks the policies of files and folders as one set; `-` is standard input.
 * @throws InvalidInput with every fault of all of them and its place, for instance `policies/checkout.yaml:4:20: …`.
 */
export async function readPolicySet(paths: readonly string[]): Promise<PolicySet> {
  const { readSourceFiles, STANDARD_INPUT } = await import("./source-files.ts");
  const { parsePolicySet } = await import("../../shared/policies/set/policy-set.ts");
  const { files, faults } = await readSourceFiles(paths);
  const parsed = parsePolicySet(files, { someUnread: faults.length > 0 });
  if (parsed.ok && faults.length === 0) return parsed;
  const [only] = paths.length === 1 ? paths : [];
  const subject = only === "-" ? STANDARD_INPUT : (only ?? "the set of policies");
  throw new InvalidInput(subject, [
    ...faults.map((fault) => (fault.path === `${subject}:` ? { ...fault, path: "" } : fault)),
    ...(parsed.ok ? [] : parsed.faults.map(faultAtPlace)),
  ]);
}

/** A finding as a line that editors and terminals can follow: `file:line:column: path problem`. */
export function faultAtPlace({ path, problem, place: { file, line, column } }: PlacedFinding): Fault {
  return { path: `${file}:${line}:${column}:`, problem: path === "" ? problem : `${path} ${problem}` };
}
