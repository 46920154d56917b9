import { readFile, stat } from "node:fs/promises";
import { errorText, InvalidInput } from "../../shared/errors.ts";

/** @throws InvalidInput if the file cannot be read, or is larger than any plan. */
export async function readPlanFile(name: string): Promise<string> {
  const { MAX_PLAN_BYTES } = await import("../../shared/policies/plan/saved-plan.ts");
  try {
    const { size } = await stat(name);
    if (size <= MAX_PLAN_BYTES) return await readFile(name, "utf8");
  } catch (error) {
    throw new InvalidInput(name, [{ path: "", problem: `cannot be read: ${errorText(error)}` }]);
  }
  throw new InvalidInput(name, [{ path: "", problem: `is too large: over ${MAX_PLAN_BYTES} bytes` }]);
}
