import { execFile } from "node:child_process";
import { promisify } from "node:util";

const run = promisify(execFile);
const LIMIT_MS = 600_000;

/** Runs Docker to its end. @throws with what it said, if it fails or takes ten minutes. */
export async function docker(...args: readonly string[]): Promise<{ stdout: string; stderr: string }> {
  return await run("docker", args, { timeout: LIMIT_MS, env: { ...process.env, DOCKER_BUILDKIT: "1" } });
}
