import { InvalidInput } from "../../shared/errors.ts";
import type { PolicyContent } from "../../shared/policies/policy.ts";
import { faultAtPlace } from "./policy-set-input.ts";

/**
 * Reads and checks a file with the policy of one service; `-` is standard input.
 * @param serviceName the service that it has to be for, if the file names one.
 * @throws InvalidInput with every fault and its place, for instance `policy.yaml:4:20: …`.
 */
export async function readPolicyFile(path: string, serviceName?: string): Promise<PolicyContent> {
  const { readSourceFiles, STANDARD_INPUT } = await import("./source-files.ts");
  const { readOnePolicy } = await import("../../shared/policies/policy-file.ts");
  const name = path === "-" ? STANDARD_INPUT : path;
  const { files, faults } = await readSourceFiles([path]);
  if (faults.length > 0) {
    throw new InvalidInput(
      name,
      faults.map((fault) => (fault.path === `${name}:` ? { ...fault, path: "" } : fault)),
    );
  }
  const read = readOnePolicy(files, serviceName);
  if (!read.ok) throw new InvalidInput(name, read.faults.map(faultAtPlace));
  return read.content;
}
