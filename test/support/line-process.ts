import { spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { programEnvironment } from "./program-environment.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));

/** A program of the project that goes on until it is told to stop. */
export interface LineProcess {
  /** Whole lines so far. */
  lines(): string[];
  stdout(): string;
  stderr(): string;
  /** Reads no more of what it prints. */
  leave(): void;
  /** Sends a signal, unless it has ended, and waits for the end. @returns the exit code, null if the signal ended it. */
  end(signal?: NodeJS.Signals): Promise<number | null>;
  readonly exited: Promise<number | null>;
}

export function startLineProcess(args: readonly string[], env: Record<string, string>): LineProcess {
  const child = spawn(process.execPath, args, {
    cwd: ROOT,
    env: programEnvironment(env),
    stdio: ["ignore", "pipe", "pipe"],
  });
  let [stdout, stderr] = ["", ""];
  child.stdout.on("data", (chunk) => {
    stdout += chunk;
  });
  child.stderr.on("data", (chunk) => {
    stderr += chunk;
  });
  const exited = once(child, "close").then(() => child.exitCode);
  return {
    lines: () => stdout.split("\n").slice(0, -1),
    stdout: () => stdout,
    stderr: () => stderr,
    leave: () => void child.stdout.destroy(),
    async end(signal = "SIGINT") {
      if (child.exitCode === null && child.signalCode === null) child.kill(signal);
      return exited;
    },
    exited,
  };
}
