import { expect } from "vitest";
import { runProgram } from "./server-process.ts";

/** A line of `doctor`, as --json prints it. */
export interface DoctorLine {
  readonly name: string;
  readonly status: "ok" | "warning" | "failed" | "skipped";
  readonly detail: string;
  readonly advice: string | null;
}

export interface DoctorEnd {
  readonly code: number | null;
  readonly checks: readonly DoctorLine[];
  readonly summary: Record<string, number>;
  /** The lines of one check. */
  of(name: string): DoctorLine[];
  /** Of those that are not well, in order: `name status: detail`. */
  readonly troubles: readonly string[];
}

/** Runs `flashpoint … --json`, where the words have `doctor` in them. */
export async function runDoctor(
  args: readonly string[],
  options: { env: Record<string, string>; stdin?: string },
): Promise<DoctorEnd> {
  const { code, stdout, stderr } = await runProgram(["cli/main.ts", ...args, "--json"], options);
  expect(stderr).toBe("");
  const { checks, summary }: { checks: DoctorLine[]; summary: Record<string, number> } = JSON.parse(stdout);
  return {
    code,
    checks,
    summary,
    of: (name) => checks.filter((line) => line.name === name),
    troubles: checks
      .filter(({ status }) => status === "failed" || status === "warning")
      .map(({ name, status, detail }) => `${name} ${status}: ${detail}`),
  };
}
