import { type Fault, InvalidInput } from "../../shared/errors.ts";
import type { PlacedFinding, PlacedPolicy } from "../../shared/policies/set/policy-set.ts";

/** The policies of a set of files, and what is worth a thought about them. */
export interface PolicySet {
  readonly policies: readonly PlacedPolicy[];
  readonly warnings: readonly PlacedFinding[];
}

/** A fault of a set of files; of a file that could not be read there is no line. */
export interface SetFault extends Fault {
  readonly file: string;
  readonly line: number | null;
  readonly column: number | null;
}

/** A set of files with all that is wrong with it; there are policies only where nothing is. */
export interface CheckedPolicySet extends PolicySet {
  /** What it is called: the file or folder, if it is but one. */
  readonly subject: string;
  readonly faults: readonly SetFault[];
}

/**
 * Reads and checks the policies of files and folders as one set; `-` is standard input.
 * @throws InvalidInput with every fault of all of them and its place, for instance `policies/checkout.yaml:4:20: …`.
 */
export async function readPolicySet(paths: readonly string[]): Promise<PolicySet> {
  const checked = await checkPolicySet(paths);
  if (checked.faults.length > 0) throw invalidSet(checked);
  return { policies: checked.policies, warnings: checked.warnings };
}

/** The same, for whoever wants to see all of it. */
export async function checkPolicySet(paths: readonly string[]): Promise<CheckedPolicySet> {
  const { readSourceFiles } = await import("./source-files.ts");
  const { parsePolicySet } = await import("../../shared/policies/set/policy-set.ts");
  const { files, faults: unread } = await readSourceFiles(paths);
  const parsed = parsePolicySet(files, { someUnread: unread.length > 0 });
  const faults = [
    ...unread.map(({ file, problem }) => ({ file, line: null, column: null, path: "", problem })),
    ...(parsed.ok ? [] : parsed.faults.map(({ place, path, problem }) => ({ ...place, path, problem }))),
  ];
  const policies = parsed.ok && faults.length === 0 ? parsed.policies : [];
  return { subject: subjectOf(paths), policies, faults, warnings: parsed.warnings };
}

/** The services that files of a folder define, whatever else is wrong with them; none of one that is not there. */
export async function servicesDefinedIn(folder: string): Promise<Pick<PlacedPolicy, "serviceName" | "place">[]> {
  const { readSourceFiles } = await import("./source-files.ts");
  const { readSet } = await import("../../shared/policies/set/read-set.ts");
  const { files } = await readSourceFiles([folder]);
  return readSet(files).services.map(({ definition: { name, place } }) => ({ serviceName: name, place }));
}

/** The error that says all that is wrong with a set. */
export function invalidSet({ subject, faults }: Pick<CheckedPolicySet, "subject" | "faults">): InvalidInput {
  return new InvalidInput(
    subject,
    faults.map((fault) => (fault.line === null && fault.file === subject ? fault : lineOf(fault))),
  );
}

/** A fault or warning as a line that editors and terminals can follow: `file:line:column: path problem`. */
export function lineOf({ file, line, column, path, problem }: SetFault): Fault {
  const place = line === null ? file : `${file}:${line}:${column}`;
  return { path: `${place}:`, problem: path === "" ? problem : `${path} ${problem}` };
}

/** What a set of files is called. */
export function subjectOf(paths: readonly string[]): string {
  const [only] = paths;
  if (only === undefined || paths.length > 1) return "the set of policies";
  return only === "-" ? "standard input" : only;
}
