import { type ChildProcessByStdio, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import type { Readable, Writable } from "node:stream";
import { fileURLToPath } from "node:url";
import { programEnvironment } from "./program-environment.ts";
import { until } from "./until.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const PATIENCE_MS = 20_000;

/** Whether a program can be given a terminal of its own here: by `script` of util-linux. */
export const HAS_TERMINALS = ((): boolean => {
  try {
    return execFileSync("script", ["--version"], { encoding: "utf8" }).includes("util-linux");
  } catch {
    return false;
  }
})();

/** A program of the project on a terminal, as somebody sits at it. */
export interface OnTerminal {
  /** All that the terminal got so far, escape sequences too. */
  output(): string;
  /** Waits until the terminal has got this. */
  shows(text: string | RegExp): Promise<void>;
  /** Types it; `\x03` is Ctrl-C. */
  type(keys: string): void;
  /** As a shell would tell it: 130 for what Ctrl-C ended. */
  ended(): Promise<number | null>;
}

export function onTerminal(
  args: readonly string[],
  { env = {}, columns = 80 }: { env?: Record<string, string>; columns?: number } = {},
): OnTerminal {
  const words = [process.execPath, ...args].map((word) => `'${word.replaceAll("'", "'\\''")}'`);
  const command = `stty cols ${columns} rows 24; exec ${words.join(" ")}`;
  const child = spawn("script", ["-q", "-e", "-f", "-c", command, "/dev/null"], {
    cwd: ROOT,
    env: programEnvironment({ TERM: "xterm-256color", SHELL: "/bin/sh", ...env }),
    stdio: ["pipe", "pipe", "inherit"],
    timeout: PATIENCE_MS,
  }) as ChildProcessByStdio<Writable, Readable, null>;
  const closed = once(child, "close");
  let output = "";
  child.stdout.setEncoding("utf8").on("data", (chunk) => {
    output += chunk;
  });
  child.stdin.on("error", () => {}); // it may end before all is typed
  return {
    output: () => output,
    shows: (text) =>
      until(
        `the terminal shows ${text}`,
        () => ((typeof text === "string" ? output.includes(text) : text.test(output)) ? true : undefined),
        PATIENCE_MS,
      ).then(() => {}),
    type: (keys) => void child.stdin.write(keys),
    async ended() {
      await closed;
      return child.exitCode;
    },
  };
}
