import { createReadStream } from "node:fs";
import { errorText, InvalidInput } from "../../shared/errors.ts";
import type { PolicyContent } from "../../shared/policies/policy.ts";

/**
 * Reads and checks a policy file; `-` is standard input.
 * @throws InvalidInput with every fault and its place, for instance `policy.yaml:4:20: …`.
 */
export async function readPolicyFile(file: string): Promise<PolicyContent> {
  const { parsePolicyFile } = await import("../../shared/policies/policy-file.ts");
  const name = file === "-" ? "standard input" : file;
  const parsed = parsePolicyFile(await readText(file, name));
  if (parsed.ok) {
    const { ok: _, ...content } = parsed;
    return content;
  }
  throw new InvalidInput(
    name,
    parsed.faults.map(({ path, problem, line, column }) => ({
      path: `${name}:${line}:${column}:`,
      problem: path === "" ? problem : `${path} ${problem}`,
    })),
  );
}

async function readText(file: string, name: string): Promise<string> {
  const { MAX_POLICY_FILE_BYTES } = await import("../../shared/policies/policy-file.ts");
  const chunks: Buffer[] = [];
  let bytes = 0;
  try {
    for await (const chunk of file === "-" ? process.stdin : createReadStream(file)) {
      chunks.push(chunk);
      bytes += chunk.length;
      if (bytes > MAX_POLICY_FILE_BYTES) break;
    }
  } catch (error) {
    const reason = errorText(error);
    throw new InvalidInput(name, [{ path: "", problem: `cannot be read: ${reason}` }]);
  }
  if (bytes > MAX_POLICY_FILE_BYTES) {
    throw new InvalidInput(name, [{ path: "", problem: `is too large: over ${MAX_POLICY_FILE_BYTES} bytes` }]);
  }
  return Buffer.concat(chunks).toString("utf8");
}
