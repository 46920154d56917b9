import { errorText } from "../../shared/errors.ts";
import { type Arguments, parseArguments, usage } from "./arguments.ts";
import { runFuzz } from "./run-fuzz.ts";

const FAILED = 1;
const INTERRUPTED = 130;

try {
  const given = parseArguments(process.argv.slice(2));
  if (given.help) process.stdout.write(usage());
  else process.exitCode = await run(given);
} catch (error) {
  process.stderr.write(`fuzz: ${errorText(error)}\n`);
  process.exitCode = FAILED;
}
process.exit();

/** @returns the exit code. */
async function run(given: Arguments): Promise<number> {
  const started = performance.now();
  const stopping = new AbortController();
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => stopping.abort());
  const tell = (line: string): void => {
    const passed = ((performance.now() - started) / 1_000).toFixed(1);
    process.stderr.write(`${passed.padStart(6)} s  ${line}\n`);
  };
  const print = (text: string): void => void process.stdout.write(`${text}\n`);
  const isSound = await runFuzz({ ...given, signal: stopping.signal, tell, print });
  if (stopping.signal.aborted) return INTERRUPTED;
  return isSound ? 0 : FAILED;
}
