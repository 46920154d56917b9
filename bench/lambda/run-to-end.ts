import { spawn } from "node:child_process";
import { once } from "node:events";
import { text } from "node:stream/consumers";
import { endWithThisProcess } from "../child-process.ts";

const MOST_MS = 20_000;

/** Runs a program of Node's in an environment of nothing but `env`. @returns what it wrote. @throws if it fails. */
export async function runToEnd(args: readonly string[], env: Record<string, string>, input = ""): Promise<string> {
  const child = spawn(process.execPath, args, { env, timeout: MOST_MS, stdio: ["pipe", "pipe", "inherit"] });
  endWithThisProcess(child);
  const ended = once(child, "close");
  child.stdin.end(input);
  const output = await text(child.stdout);
  const [code] = await ended;
  if (code !== 0) throw new Error(`${args.join(" ")} ended with ${code}`);
  return output;
}
