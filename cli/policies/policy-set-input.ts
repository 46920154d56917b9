import { readFile } from "node:fs/promises";
import { InvalidInput } from "../../shared/errors.ts";
import type { PlacedFinding, PlacedPolicy } from "../../shared/policies/set/policy-set.ts";

/**
 * Reads and checks the policies of all these files as one set.
 * @throws InvalidInput with every fault and its place, for instance `policy.yaml:4:20: …`.
 */
export async function readPolicySet(
  paths: readonly string[],
): Promise<{ policies: readonly PlacedPolicy[]; warnings: readonly PlacedFinding[] }> {
  const { parsePolicySet } = await import("../../shared/policies/set/policy-set.ts");
  const files = await Promise.all(paths.map(async (name) => ({ name, text: await readFile(name, "utf8") })));
  const parsed = parsePolicySet(files);
  if (parsed.ok) return parsed;
  throw new InvalidInput(
    "policy files",
    parsed.faults.map(({ path, problem, place: { file, line, column } }) => ({
      path: `${file}:${line}:${column}:`,
      problem: path === "" ? problem : `${path} ${problem}`,
    })),
  );
}
