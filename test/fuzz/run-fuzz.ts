import { setTimeout as delay } from "node:timers/promises";
import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { createGrpcCaller } from "../../server/demo/grpc-caller.ts";
import { errorText } from "../../shared/errors.ts";
import { tableName } from "../../shared/resources.ts";
import { table } from "../support/table.ts";
import type { Arguments } from "./arguments.ts";
import { type Outcome, runCase, runCases } from "./drive.ts";
import { type FuzzedServer, GOOD_SERVICE, STACK, startFuzzedServer } from "./fuzzed-server.ts";
import { createGoodCalls, type GoodCalls } from "./good-calls.ts";
import { type LambdaProcess, startLambdaProcess } from "./lambda-process.ts";
import { createLogWatch, type LogWatch } from "./log-watch.ts";
import { createTally, type Finding, type Look, usageTable } from "./tally.ts";
import type { Target } from "./target.ts";
import { createHttp } from "./targets/http.ts";
import { createNativeGrpc } from "./targets/native-grpc.ts";
import { createPolicyTable } from "./targets/policy-table.ts";
import { createQueues } from "./targets/queues.ts";
import { createRawHttp } from "./targets/raw-http.ts";
import { judgeMemory, judgeRecords, type Verdict } from "./verdicts.ts";

export interface FuzzContext extends Arguments {
  /** Aborts when somebody has had enough. */
  readonly signal: AbortSignal;
  /** Shows progress. */
  tell(line: string): void;
  /** Shows results. */
  print(text: string): void;
}

/** Cases before memory counts: by then all is loaded, compiled and connected. */
const WARM_UP = 5_000;
/** Cases from one check by good calls to the next. */
const CHECK_EVERY = 10_000;
/** Parts of a run after which memory is looked at. */
const LOOKS = 10;
/** Part of the time that is kept for what has to be seen at the end, and its most in seconds. */
const KEPT = { part: 0.15, most: 90 };
/** After so many the rest would be more of the same. */
const MOST_FINDINGS = 10;
const STOP_MS = 10_000;
/** Of a fault that stands in a log: how many cases are run again, and how long a line takes from there to here. */
const MOST_SUSPECTS = 300;
const LOG_MS = 10;

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

async function fuzz(context: FuzzContext, atEnd: (step: () => Promise<void> | void) => void): Promise<boolean> {
  const { count, seed, limit, only, index, signal, tell, print } = context;
  const started = performance.now();
  const findings: Finding[] = [];
  const find = (finding: Finding): void => {
    findings.push(finding);
    print(describe(finding, seed));
  };
  const watch = createLogWatch();
  const server = await startFuzzedServer(atEnd, watch.line);
  const lambda = startLambda(server, seed, watch, atEnd);
  const { targets, goodCalls } = openTargets(server, lambda, atEnd);
  if (only !== undefined && !targets.some(({ name }) => name === only)) throw new Error(`there is no target ${only}`);
  for (const [name, { child }] of Object.entries({ server: server.process, lambda })) {
    child.once("exit", (code, signal) => {
      if (!isOver) find({ target: name, fault: `the process ended with ${code ?? signal}` });
      hasDied = true;
    });
  }
  let [isOver, hasDied] = [false, false];
  atEnd(() => {
    isOver = true;
  });

  if (index !== undefined) {
    const outcome = await runCase({ targets, seed, only }, index);
    print(
      `case ${index} of seed ${seed}, ${outcome.target}\n  sent ${outcome.sent}\n  came to ${JSON.stringify(outcome.answer)}`,
    );
    return outcome.answer.fault === undefined && watch.takeFault() === undefined;
  }

  const tally = createTally();
  const taskIds = new Set<string>();
  /** Cases that a fault in a log may be of. */
  const suspects = new Set<number>();
  const hear = ({ index, target, answer, sent }: Outcome, underWay: ReadonlySet<number>): void => {
    tally.count(target, answer);
    if (answer.taskId !== undefined) taskIds.add(answer.taskId);
    if (answer.fault !== undefined) find({ index, target, fault: answer.fault, sent });
    if (watch.hasFault()) for (const other of [...underWay, index]) suspects.add(other);
  };
  /** Runs those that may be to blame again, one by one. */
  const blame = async (): Promise<void> => {
    for (let fault = watch.takeFault(); fault !== undefined; fault = watch.takeFault()) {
      const blamed = await blamedFor(fault, [...suspects].slice(0, MOST_SUSPECTS), { targets, seed, only }, watch);
      find(
        blamed ?? { target: "log", fault: `${fault}\n  while these cases were under way: ${[...suspects].join(" ")}` },
      );
    }
    suspects.clear();
  };
  const kept = Math.min(limit * KEPT.part, KEPT.most);
  const isTimeOver = (): boolean => performance.now() - started > (limit - kept) * 1_000;
  const isDone = (): boolean => signal.aborted || hasDied || findings.length >= MOST_FINDINGS || isTimeOver();

  const looks: Look[] = [];
  const look = async (when: string): Promise<void> => {
    if (hasDied) return;
    looks.push({ when, server: await server.usage(), lambda: await lambda.usage() });
  };
  const check = async (): Promise<void> => {
    if (hasDied) return;
    const { fault, taskId } = await goodCalls.check();
    if (taskId !== undefined) taskIds.add(taskId);
    if (fault !== undefined) find({ target: "good calls", fault });
  };

  print(`${count} cases, seed ${seed}, at most ${limit} s\n`);
  await check();
  await look("start");
  const stops = stopsOf(count);
  let from = 0;
  const drivenFrom = performance.now();
  for (const to of stops) {
    await runCases({ targets, seed, only, from, to }, hear, isDone);
    await blame();
    if (isDone()) break;
    from = to;
    if (to % CHECK_EVERY === 0 || to === count) await check();
    if (to === WARM_UP || isLook(to, count)) await look(`${to} cases`);
    if (isLook(to, count)) tell(`${to} cases, ${findings.length} findings`);
  }
  const perSecond = Math.round(tally.cases / ((performance.now() - drivenFrom) / 1_000));
  tell(`${tally.cases} cases, ${perSecond} a second; looking at what is left`);
  await check();
  const verdicts: Verdict[] =
    hasDied || signal.aborted ? [] : await judgeRecords({ server, taskIds, signal, patience: started + limit * 1_000 });
  for (const target of targets) await target.close?.();
  await look("the end");
  verdicts.push(...judgeMemory(looks));
  for (let fault = watch.takeFault(); fault !== undefined; fault = watch.takeFault()) find({ target: "log", fault });

  print(tally.table());
  print(usageTable(looks));
  print(
    verdictTable([
      {
        promise: "every case is answered or ended, none as a fault of ours",
        measured: `${tally.cases} of ${count} cases, ${perSecond} a second, ${findings.length} findings`,
        isHeld: findings.length === 0,
      },
      { promise: "both processes live", measured: hasDied ? "one ended" : "yes", isHeld: !hasDied },
      ...verdicts,
    ]),
  );
  if (isTimeOver() && tally.cases < count) print(`the time was over after ${tally.cases} of ${count} cases`);
  return findings.length === 0 && verdicts.every(({ isHeld }) => isHeld) && !hasDied;
}

/** The case that has the same logged again when it runs alone, if there is one. */
async function blamedFor(
  fault: string,
  suspects: readonly number[],
  options: Parameters<typeof runCase>[0],
  watch: LogWatch,
): Promise<Finding | undefined> {
  for (const index of suspects) {
    const { target, sent } = await runCase(options, index);
    await delay(LOG_MS);
    if (watch.takeFault() !== undefined) return { index, target, fault, sent };
  }
  return undefined;
}

function startLambda(server: FuzzedServer, seed: string, watch: LogWatch, atEnd: (step: () => Promise<void>) => void) {
  const { dynamodb, sqs } = server.process;
  const lambda = startLambdaProcess({ seed, token: server.token, dynamodb, sqs }, watch.line);
  atEnd(lambda.kill);
  return lambda;
}

function openTargets(
  server: FuzzedServer,
  lambda: LambdaProcess,
  atEnd: (step: () => void) => void,
): { targets: readonly Target[]; goodCalls: GoodCalls } {
  const { process, aws, token, goodToken } = server;
  const { region, credentials } = aws;
  const grpc = createGrpcCaller(process.grpc);
  const dynamodb = new DynamoDBClient({ endpoint: aws.dynamodbEndpoint, region, credentials });
  const policyTable = tableName(STACK, "policies");
  const targets = [
    createNativeGrpc({ address: process.grpc, token }),
    createHttp({ address: process.http, token }),
    createRawHttp({ address: process.http, token }),
    ...lambda.targets,
    createQueues({ aws, stack: STACK }),
    createPolicyTable({ dynamodb, table: policyTable, grpc, token: goodToken, goodService: GOOD_SERVICE }),
  ];
  atEnd(() => {
    grpc.close();
    dynamodb.destroy();
  });
  return { targets, goodCalls: createGoodCalls({ grpc, http: process.http, token: goodToken, service: GOOD_SERVICE }) };
}

/** Where the cases pause, so that what is looked at stands still. */
function stopsOf(count: number): number[] {
  const stops = new Set([count]);
  if (count > WARM_UP) stops.add(WARM_UP);
  for (let at = CHECK_EVERY; at < count; at += CHECK_EVERY) stops.add(at);
  for (let part = 1; part < LOOKS; part++) stops.add(Math.round((count * part) / LOOKS));
  return [...stops].sort((a, b) => a - b);
}

function isLook(at: number, count: number): boolean {
  return Array.from({ length: LOOKS }, (_, part) => Math.round((count * (part + 1)) / LOOKS)).includes(at);
}

function describe({ index, target, fault, sent }: Finding, seed: string): string {
  const again = index === undefined ? "" : `\n  again: npm run fuzz -- --seed ${seed} --case ${index}\n  sent: ${sent}`;
  return `FOUND by ${target}: ${fault}${again}\n`;
}

function verdictTable(verdicts: readonly Verdict[]): string {
  return table(
    ["promise", "measured", "held?"],
    verdicts.map(({ promise, measured, isHeld }) => [promise, measured, isHeld ? "yes" : "NO"]),
  );
}
