import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { setTimeout as delay } from "node:timers/promises";
import type { Usage } from "./servers/serve-parent.ts";

/** How long a child may take to end once it is told to. */
const END_MS = 10_000;

/** Starts a program of this folder in its own process, with a channel for messages. It ends when the channel closes. */
export function startChild(program: URL, env: Record<string, string> = {}): ChildProcess {
  return fork(program, { env: { ...process.env, ...env }, stdio: ["ignore", process.stderr, process.stderr, "ipc"] }); // stdout is for results
}

/**
 * The child's next message. The types are ours on both sides of the channel.
 * @throws if the child ends first or says nothing for `waitMs`.
 */
export async function nextMessage<T>(child: ChildProcess, waitMs: number): Promise<T> {
  const answered = new AbortController();
  const { signal } = answered;
  const program = child.spawnargs.at(-1);
  try {
    return await Promise.race([
      once(child, "message", { signal }).then(([message]) => message as T),
      once(child, "exit", { signal }).then(([code]): never => {
        throw new Error(`${program} ended with ${code}`);
      }),
      delay(waitMs, undefined, { signal }).then((): never => {
        throw new Error(`${program} said nothing for ${waitMs} ms`);
      }),
    ]);
  } finally {
    answered.abort();
  }
}

/** What a server of servers/serve-parent.ts has used so far. */
export async function usageOf(server: ChildProcess, waitMs: number): Promise<Usage> {
  const answer = nextMessage<Usage>(server, waitMs);
  server.send("usage");
  return answer;
}

/** Ends the child, by force if it does not heed. */
export async function endChild(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, "exit");
  const forced = setTimeout(() => child.kill("SIGKILL"), END_MS);
  child.kill("SIGTERM");
  await ended;
  clearTimeout(forced);
}

/**
 * Ends a child by force if this process ends first: before the folder goes that it may have files in, and also if it has no
 * channel to hear of that by, or is too busy to hear.
 */
export function endWithThisProcess(child: ChildProcess): void {
  const end = (): void => void child.kill("SIGKILL");
  process.prependOnceListener("exit", end);
  child.once("exit", () => process.off("exit", end));
}
