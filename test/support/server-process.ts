import { type ChildProcess, type ChildProcessByStdio, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";
import { fileURLToPath } from "node:url";
import { programEnvironment } from "./program-environment.ts";
import { until } from "./until.ts";

/** How the banner ends in either mode. */
const LAST_LINE = "Ctrl-C stops.";
const ROOT = fileURLToPath(new URL("../..", import.meta.url));

/** `npm start` as a process of its own. */
export interface ServerProcess {
  readonly child: ChildProcess;
  /** `host:port` of each thing that the banner names. */
  readonly grpc: string;
  readonly http: string;
  readonly dynamodb: string;
  readonly sqs: string;
  /** What it wrote so far, to standard output and to standard error. */
  readonly output: () => string;
  kill(signal: NodeJS.Signals): Promise<{ code: number | null; signal: NodeJS.Signals | null }>;
}

/** Starts the server, on free ports unless `flags` name others, and waits for its banner. */
export async function startServerProcess(
  dataDir: string,
  options: {
    mode?: "local" | "serve";
    env?: Record<string, string>;
    flags?: readonly string[];
    /** A program that Node loads before the server, with a channel for messages to and from it. */
    preload?: URL;
    /** Hears every line of standard error, the log among them; `output` keeps none of it then. */
    onLogLine?: (line: string) => void;
  } = {},
): Promise<ServerProcess> {
  const { mode = "local", env = {}, flags = [], preload, onLogLine } = options;
  const ports = ["--grpc-port", "0", "--http-port", "0", "--dynamodb-port", "0", "--sqs-port", "0"];
  const loaded = preload === undefined ? [] : ["--import", preload.href];
  const program = [...loaded, "server/main.ts", mode, ...ports, "--data-dir", dataDir, ...flags];
  const child = spawn(process.execPath, program, {
    cwd: ROOT,
    env: { ...process.env, ...env },
    stdio: ["ignore", "pipe", "pipe", ...(preload === undefined ? [] : ["ipc" as const])],
  }) as ChildProcessByStdio<null, Readable, Readable>;
  if (onLogLine !== undefined) createInterface({ input: child.stderr }).on("line", onLogLine);
  let stdout = "";
  let stderr = "";
  child.stdout.on("data", (chunk) => {
    stdout += chunk;
  });
  const keepComplaint = (chunk: Buffer): void => {
    stderr += chunk;
  };
  child.stderr.on("data", keepComplaint);
  await until(
    "the banner",
    () => {
      if (child.exitCode !== null) throw new Error(`the server ended: ${stderr}`);
      return stdout.includes(LAST_LINE) ? true : undefined;
    },
    20_000,
  );
  // Whoever hears it line by line has a long run, which may log a lot.
  if (onLogLine !== undefined) child.stderr.off("data", keepComplaint).resume();
  const address = (label: string): string => new RegExp(`${label}\\s+(?:http://)?(\\S+)`).exec(stdout)?.[1] ?? "";
  return {
    child,
    grpc: address("gRPC"),
    http: address("gRPC-web"),
    dynamodb: address("DynamoDB"),
    sqs: address("SQS, S3"),
    output: () => stdout + stderr,
    async kill(signal) {
      if (child.exitCode === null && child.signalCode === null) {
        const ended = once(child, "exit");
        child.kill(signal);
        await ended;
      }
      return { code: child.exitCode, signal: child.signalCode };
    },
  };
}

/** Runs a program of the project to its end. */
export async function runProgram(
  args: readonly string[],
  options: { env?: Record<string, string>; stdin?: string; timeoutMs?: number } = {},
): Promise<{ code: number | null; stdout: string; stderr: string }> {
  const child = spawn(process.execPath, args, {
    cwd: ROOT,
    env: programEnvironment(options.env),
    timeout: options.timeoutMs ?? 20_000,
  });
  let stdout = "";
  let stderr = "";
  child.stdout.on("data", (chunk) => {
    stdout += chunk;
  });
  child.stderr.on("data", (chunk) => {
    stderr += chunk;
  });
  child.stdin.on("error", () => {}); // it may end without reading
  child.stdin.end(options.stdin ?? "");
  await once(child, "close");
  return { code: child.exitCode, stdout, stderr };
}
