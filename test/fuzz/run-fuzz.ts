import { setTimeout as delay } from "node:timers/promises";
import { errorText } from "../../shared/errors.ts";
import { table } from "../support/table.ts";
import type { Arguments } from "./arguments.ts";
import { runCase, runCases } from "./drive.ts";
import { createFindings } from "./findings.ts";
import { createLogWatch } from "./log-watch.ts";
import { type Processes, startProcesses } from "./processes.ts";
import { createTally, type Look, usageTable } from "./tally.ts";
import { judgeMemory, judgeRecords, type Verdict, WARM_UP } from "./verdicts.ts";

export interface FuzzContext extends Arguments {
  /** Aborts when somebody has had enough. */
  readonly signal: AbortSignal;
  /** Shows progress. */
  tell(line: string): void;
  /** Shows results. */
  print(text: string): void;
}

type AtEnd = (step: () => Promise<void> | void) => void;

/** Cases from one check by good calls to the next. */
const CHECK_EVERY = 10_000;
/** Parts of a run after which memory is looked at, and the fewest cases of one. */
const LOOKS = { parts: 10, leastCases: 1_000 };
/** Part of the time that is kept for what has to be seen at the end, and its most in seconds. */
const KEPT = { part: 0.15, most: 90 };
/** After so many the rest would be more of the same. */
const MOST_FINDINGS = 10;
const STOP_MS = 10_000;
/** How long what one case has logged takes to come here. */
const LOG_MS = 300;

/** @returns whether all held. Leaves no process and no folder behind, however it ends. */
export async function runFuzz(context: FuzzContext): Promise<boolean> {
  const steps: (() => Promise<void> | void)[] = [];
  try {
    return await fuzz(context, (step) => void steps.push(step));
  } finally {
    for (const step of steps.reverse()) {
      try {
        await Promise.race([step(), delay(STOP_MS, undefined, { ref: false })]);
      } catch (error) {
        context.tell(`not ended in good order: ${errorText(error)}`);
      }
    }
  }
}

async function fuzz(context: FuzzContext, atEnd: AtEnd): Promise<boolean> {
  const { count, seed, limit, only, index, signal, tell, print } = context;
  const patience = performance.now() + limit * 1_000;
  const watch = createLogWatch();
  const underWay = new Set<number>();
  let hasDied = false;
  const died = (name: string, how: string): void => {
    hasDied = true;
    const during = `while these cases were under way: ${[...underWay].join(" ")}`;
    findings.add({ target: name, fault: `the process ended with ${how}\n  ${during}` });
  };
  const processes = await startProcesses({ seed, signal, atEnd, onLogLine: watch.line, died });
  const { server, targets, goodCalls } = processes;
  if (only !== undefined && !targets.some(({ name }) => name === only)) throw new Error(`there is no target ${only}`);
  const cases = { targets, seed, only };
  const findings = createFindings({ cases, watch, print });
  if (index !== undefined) return again(cases, index, () => watch.takeFault(), print);

  const tally = createTally();
  const taskIds = new Set<string>();
  const looks: Look[] = [];
  const isCut = (): boolean => hasDied || signal.aborted;
  const isTimeOver = (): boolean => performance.now() > patience - Math.min(limit * KEPT.part, KEPT.most) * 1_000;
  const isDone = (): boolean => isCut() || findings.count >= MOST_FINDINGS || isTimeOver();
  const look = async (when: string): Promise<void> => {
    if (!isCut()) looks.push({ when, cases: tally.cases, ...(await processes.usage()) });
  };
  const check = async (): Promise<void> => {
    if (isCut()) return;
    const { fault, taskId } = await goodCalls.check();
    if (taskId !== undefined) taskIds.add(taskId);
    if (fault !== undefined && !isCut()) findings.add({ target: "good calls", fault });
  };

  print(`${count} cases, seed ${seed}, at most ${limit} s\n`);
  await check();
  await look("start");
  const began = performance.now();
  let from = 0;
  for (const to of stopsOf(count)) {
    await runCases({ ...cases, from, to, underWay }, isDone, (outcome) => {
      tally.count(outcome.target, outcome.answer);
      if (outcome.answer.taskId !== undefined) taskIds.add(outcome.answer.taskId);
      if (!isCut()) findings.hear(outcome, underWay);
    });
    if (!isCut()) await findings.blame();
    if (isDone()) break;
    from = to;
    if (to % CHECK_EVERY === 0 || to === count) await check();
    if (to === WARM_UP || isLook(to, count)) await look(`${to} cases`);
    if (isLook(to, count)) tell(`${to} cases, ${findings.count} findings`);
  }
  const perSecond = Math.round(tally.cases / ((performance.now() - began) / 1_000));
  tell(`${tally.cases} cases, ${perSecond} a second; looking at what is left`);
  await check();
  const left = isCut() ? [] : await judgeRecords({ server, taskIds, signal, patience });
  await letGo(processes);
  await look("the end");
  if (!signal.aborted) await findings.blame();

  const verdicts: Verdict[] = [
    {
      promise: "every case is answered or ended, none as a fault of ours",
      measured: `${tally.cases} of ${count} cases, ${perSecond} a second, ${findings.count} findings`,
      isHeld: findings.count === 0,
    },
    { promise: "both processes live", measured: hasDied ? "one ended" : "yes", isHeld: !hasDied },
    ...left,
    ...judgeMemory(looks),
  ];
  print([tally.table(), usageTable(looks), verdictTable(verdicts)].join("\n"));
  if (isTimeOver() && tally.cases < count) print(`the time was over after ${tally.cases} of ${count} cases`);
  return verdicts.every(({ isHeld }) => isHeld);
}

/** Runs one case and shows all of it. @returns whether nothing is wrong with it. */
async function again(
  cases: Parameters<typeof runCase>[0],
  index: number,
  takeFault: () => string | undefined,
  print: (text: string) => void,
): Promise<boolean> {
  const { target, sent, answer } = await runCase(cases, index);
  await delay(LOG_MS);
  const fault = answer.fault ?? takeFault();
  print(`case ${index} of seed ${cases.seed}, ${target}\n  sent: ${sent}\n  answer: ${answer.kind}`);
  if (fault !== undefined) print(`  fault: ${fault}`);
  return fault === undefined;
}

/** Ends the connections, and waits until the server has heard of it. */
async function letGo({ targets }: Pick<Processes, "targets">): Promise<void> {
  for (const target of targets) await target.close?.();
  await delay(LOG_MS);
}

/** Where the cases pause, so that what is looked at stands still. */
function stopsOf(count: number): number[] {
  const stops = new Set(looksOf(count));
  if (count > WARM_UP) stops.add(WARM_UP);
  for (let at = CHECK_EVERY; at < count; at += CHECK_EVERY) stops.add(at);
  return [...stops].sort((a, b) => a - b);
}

function isLook(at: number, count: number): boolean {
  return looksOf(count).includes(at);
}

function looksOf(count: number): number[] {
  const parts = Math.max(1, Math.min(LOOKS.parts, Math.floor(count / LOOKS.leastCases)));
  return Array.from({ length: parts }, (_, part) => Math.round((count * (part + 1)) / parts));
}

function verdictTable(verdicts: readonly Verdict[]): string {
  return table(
    ["promise", "measured", "held?"],
    verdicts.map(({ promise, measured, isHeld }) => [promise, measured, isHeld ? "yes" : "NO"]),
  );
}
