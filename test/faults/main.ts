import { errorText } from "../../shared/errors.ts";
import { table } from "../support/table.ts";
import { aDeadLetterKeepsItsId } from "./a-dead-letter-keeps-its-id.ts";
import { type Arguments, parseArguments, usage } from "./arguments.ts";
import { createChance } from "./chance.ts";
import { noWayIn } from "./no-way-in.ts";
import { nothingIsLost } from "./nothing-is-lost.ts";
import { runStage } from "./run-stage.ts";
import type { Stage, Verdict } from "./stage.ts";

const STAGES: readonly Stage[] = [noWayIn, aDeadLetterKeepsItsId, nothingIsLost];

/** So much of the time is kept for looking at what came of the run. */
const KEPT_SECONDS = 10;
const FAILED = 1;
const INTERRUPTED = 130;

try {
  const given = parseArguments(process.argv.slice(2));
  if (given.help) process.stdout.write(usage(STAGES));
  else process.exitCode = await run(given);
} catch (error) {
  process.stderr.write(`faults: ${errorText(error)}\n`);
  process.exitCode = FAILED;
}
process.exit();

/** @returns the exit code. */
async function run({ stages, reports, kills, seed, limit }: Arguments): Promise<number> {
  const chosen = chosenStages(stages);
  const started = performance.now();
  const stopping = new AbortController();
  let isInterrupted = false;
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    process.on(signal, () => {
      isInterrupted = true;
      stopping.abort(new Error("interrupted"));
    });
  }
  setTimeout(() => stopping.abort(new Error(`not done after ${limit} s`)), limit * 1_000).unref();
  const tell = (line: string): void => {
    const passed = ((performance.now() - started) / 1_000).toFixed(1);
    process.stderr.write(`${passed.padStart(6)} s  ${line}\n`);
  };
  const print = (text: string): void => void process.stdout.write(`${text}\n`);
  const patience = started + (limit - KEPT_SECONDS) * 1_000;
  const context = { reports, kills, chance: createChance(seed), patience, signal: stopping.signal, tell, print };
  print(`${reports} reports, ${kills} kills, seed ${seed}, at most ${limit} s\n`);
  try {
    const verdicts: Verdict[] = [];
    for (const stage of chosen) {
      print(`${stage.name}: ${stage.question}\n`);
      verdicts.push(...(await runStage(stage, context)));
    }
    print(verdictTable(verdicts));
    const broken = verdicts.filter(({ isHeld }) => !isHeld);
    for (const { promise, measured } of broken) process.stderr.write(`faults: not held: ${promise} (${measured})\n`);
    return broken.length === 0 ? 0 : FAILED;
  } catch (error) {
    if (!stopping.signal.aborted) throw error;
    process.stderr.write(`faults: ${errorText(error)}\n`);
    return isInterrupted ? INTERRUPTED : FAILED;
  }
}

function chosenStages(names: readonly string[]): readonly Stage[] {
  const unknown = names.filter((name) => !STAGES.some((stage) => stage.name === name));
  if (unknown.length > 0) throw new Error(`there is no stage ${unknown.join(", ")}; --help lists them`);
  return names.length === 0 ? STAGES : STAGES.filter(({ name }) => names.includes(name));
}

function verdictTable(verdicts: readonly Verdict[]): string {
  const rows = verdicts.map(({ promise, measured, isHeld }) => [promise, measured, isHeld ? "yes" : "NO"]);
  return table(["promise", "measured", "held?"], rows);
}
