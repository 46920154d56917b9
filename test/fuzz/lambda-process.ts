import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { CHILD_ENV, type FromChild, type ToChild } from "./child-messages.ts";
import type { Answer, Target } from "./target.ts";
import type { Usage } from "./usage.ts";

/** The Lambda functions' handlers as a process of their own. */
export interface LambdaProcess {
  readonly child: ChildProcess;
  readonly targets: readonly Target[];
  usage(): Promise<Usage>;
  kill(): Promise<void>;
}

/** @param env what the child's services are made with, by the names of CHILD_ENV. */
export function startLambdaProcess(
  env: Record<keyof typeof CHILD_ENV, string>,
  onLogLine: (line: string) => void,
): LambdaProcess {
  const named = Object.entries(env).map(([name, value]) => [CHILD_ENV[name as keyof typeof CHILD_ENV], value]);
  const child = fork(new URL("./lambda-child.ts", import.meta.url), {
    env: { ...process.env, ...Object.fromEntries(named) },
    stdio: ["ignore", "pipe", "pipe", "ipc"],
  });
  for (const input of [child.stdout, child.stderr])
    if (input !== null) createInterface({ input }).on("line", onLogLine);
  const waiting = new Map<number, (done: Extract<FromChild, { done: unknown }>["done"][number]) => void>();
  const asked: ((usage: Usage) => void)[] = [];
  let gathering: (readonly [number, string])[] = [];

  const tell = (message: ToChild): void => void (child.connected && child.send(message));
  child.on("message", (message: FromChild) => {
    if ("usage" in message) {
      for (const hear of asked.splice(0)) hear(message.usage);
      return;
    }
    for (const done of message.done) {
      waiting.get(done.index)?.(done);
      waiting.delete(done.index);
    }
  });

  // What it had in hand is over with it.
  child.once("exit", () => {
    for (const [index, end] of waiting) end({ index, answer: { kind: "ended with the process" } });
  });

  /** Cases of the same turn go in one message. */
  function hand(index: number, target: string): void {
    if (gathering.length === 0) {
      setImmediate(() => {
        tell({ run: gathering });
        gathering = [];
      });
    }
    gathering.push([index, target]);
  }

  const targetNamed = (name: string, weight: number): Target => ({
    name,
    weight,
    run: (_random, index, tellSent) =>
      new Promise<Answer>((resolve) => {
        if (!child.connected) return resolve({ kind: "ended with the process" });
        waiting.set(index, ({ answer, sent }) => {
          if (sent !== undefined) tellSent(sent);
          resolve(answer);
        });
        hand(index, name);
      }),
  });

  return {
    child,
    targets: [targetNamed("lambda-url", 44), targetNamed("sqs-events", 0.3)],
    usage: () =>
      new Promise((resolve) => {
        asked.push(resolve);
        tell({ ask: "usage" });
      }),
    async kill() {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const ended = once(child, "exit");
      child.kill("SIGKILL");
      await ended;
    },
  };
}
