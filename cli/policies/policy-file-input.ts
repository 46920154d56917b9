import type { PolicyContent } from "../../shared/policies/policy.ts";
import { invalidSet, subjectOf } from "./policy-set-input.ts";
import { complainOfWarnings } from "./warnings.ts";

/**
 * Reads and checks a file with the policy of one service, and tells its warnings; `-` is standard input.
 * @param serviceName the service that it has to be for, if the file names one.
 * @throws InvalidInput with every fault and its place, for instance `policy.yaml:4:20: …`.
 */
export async function readPolicyFile(path: string, serviceName?: string): Promise<PolicyContent> {
  const { readSourceFiles } = await import("./source-files.ts");
  const { readOnePolicy } = await import("../../shared/policies/policy-file.ts");
  const subject = subjectOf([path]);
  const { files, faults: unread } = await readSourceFiles([path]);
  if (unread.length > 0) {
    const faults = unread.map(({ file, problem }) => ({ file, line: null, column: null, path: "", problem }));
    throw invalidSet({ subject, faults });
  }
  const read = readOnePolicy(files, serviceName);
  if (!read.ok) {
    const faults = read.faults.map(({ place, path, problem }) => ({ ...place, path, problem }));
    throw invalidSet({ subject, faults });
  }
  complainOfWarnings(read.warnings);
  return read.content;
}
