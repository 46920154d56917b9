import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";

/** A process that works as hard as it can, and that a profiler may look into. */
export interface BusyProcess {
  readonly pid: number;
  /** What it is known as. */
  readonly name: string;
  /** Address of its inspector, on 127.0.0.1: `ws://…`. */
  readonly inspectorUrl: string;
  /** Rejects if it ends without being asked to. */
  readonly gone: Promise<never>;
  kill(): void;
}

const START_TIMEOUT_MS = 10_000;
const PROGRAM = "busy-process";
/** How much of what it complained of is kept. */
const STDERR_CHARACTERS = 2_000;

/** @throws if it does not start, or opens no inspector in time; nothing is left running then. */
export async function startBusyProcess(): Promise<BusyProcess> {
  const program = fileURLToPath(new URL(`${PROGRAM}.ts`, import.meta.url));
  // Its stdin is a pipe from here: it ends with us, even if we are killed.
  const child = spawn(process.execPath, ["--inspect=127.0.0.1:0", program], { stdio: ["pipe", "ignore", "pipe"] });
  const inspector = Promise.withResolvers<string>();
  const gone = Promise.withResolvers<never>();
  let stderr = "";
  let killed = false;
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    stderr = (stderr + text).slice(-STDERR_CHARACTERS);
    const [, url] = /^Debugger listening on (ws:\S+)\s/m.exec(stderr) ?? [];
    if (url !== undefined) inspector.resolve(url);
  });
  child.stdin.on("error", () => {}); // nothing is written; it may break when the child ends
  child.once("error", gone.reject);
  child.once("exit", (code, signal) => {
    if (!killed) gone.reject(new Error(`the busy process ended, ${signal ?? `code ${code}`}${complaint(stderr)}`));
  });
  gone.promise.catch(() => {}); // whoever waits for it hears of it
  const kill = (): void => {
    killed = true;
    child.kill("SIGKILL");
  };
  const timer = setTimeout(() => {
    inspector.reject(
      new Error(`the busy process opened no inspector within ${START_TIMEOUT_MS} ms${complaint(stderr)}`),
    );
  }, START_TIMEOUT_MS);
  try {
    const inspectorUrl = await Promise.race([inspector.promise, gone.promise]);
    if (child.pid === undefined) throw new Error("the busy process did not start");
    return { pid: child.pid, name: PROGRAM, inspectorUrl, gone: gone.promise, kill };
  } catch (error) {
    kill();
    throw error;
  } finally {
    clearTimeout(timer);
  }
}

/** What it wrote beside the inspector's own remarks, which every process makes. */
function complaint(stderr: string): string {
  const own = stderr.split("\n").filter((line) => line.trim() !== "" && !/^(Debugger |For help, see)/.test(line));
  return own.length === 0 ? "" : `: ${own.join("\n")}`;
}
