import { type ChildProcessByStdio, spawn } from "node:child_process";
import { once } from "node:events";
import type { Readable } from "node:stream";
import { fileURLToPath } from "node:url";
import type { ProgramEnd } from "./cli.ts";
import { programEnvironment } from "./program-environment.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));

/** `flashpoint --local …` on its way, for whoever means to stop it. */
export interface CliProcess {
  readonly kill: (signal: NodeJS.Signals) => void;
  /** How it ended; the code is null if a signal ended it. */
  readonly ended: Promise<ProgramEnd>;
}

export function startCli(args: readonly string[], env: Readonly<Record<string, string>>): CliProcess {
  const child = spawn(process.execPath, ["cli/main.ts", "--local", ...args], {
    cwd: ROOT,
    env: programEnvironment(env),
    stdio: ["ignore", "pipe", "pipe"],
    timeout: 30_000,
  }) as ChildProcessByStdio<null, Readable, Readable>;
  const texts = { stdout: "", stderr: "" };
  for (const name of ["stdout", "stderr"] as const) {
    child[name].on("data", (chunk) => {
      texts[name] += chunk;
    });
  }
  const ended = once(child, "close").then(() => ({ code: child.exitCode, ...texts }));
  return { kill: (signal) => void child.kill(signal), ended };
}
