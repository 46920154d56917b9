import { join } from "node:path";
import { toJson } from "@bufbuild/protobuf";
import { ContinuousProfilingPolicyQuerySchema } from "../shared/gen/ebpf/profiling/Continuous_pb.js";
import { type Figure, type Measurement, measurement } from "./figure.ts";
import { type FunctionEngines, startFunctionEngines } from "./lambda/engines.ts";
import { type FunctionChild, startFunction } from "./lambda/function-child.ts";
import type { Worked } from "./lambda/function-process.ts";
import { type ReportTimes, startReportFlow } from "./lambda/report-flow.ts";
import { IN_PROTOCOL, urlEvent } from "./lambda/url-event.ts";
import { writeBundle } from "./lambda/write-bundle.ts";
import { benchFolder } from "./local-settings.ts";
import { rotated } from "./rotated.ts";
import { POLL_PATH, pollMessage, pollQuery } from "./unchanged-poll.ts";
import { createUndo, type Undo } from "./undo.ts";

const ROUNDS = 7;
const ROUND_MS = 800;
const ALLOCATION_MS = 400;
const REPORT_ROUNDS = 5;
/** Full batches only. */
const REPORTS = 200;
const LEAST = new URL("./lambda/least-handler.ts", import.meta.url).href;

/** What is asked of the handler, by protocol. */
const LEAST_PER_SECOND = { "Connect proto": 10_000, "gRPC-web": 5_000 } as const;
type Protocol = keyof typeof IN_PROTOCOL;
type Rounds = Map<Protocol, { polls: Worked[]; allocation: Worked }>;

/** What every poll is answered, in base64: an empty message. */
const EMPTY: Record<Protocol, string> = {
  "Connect proto": "",
  "Connect JSON": Buffer.from("{}").toString("base64"),
  "gRPC-web": Buffer.concat([
    Buffer.alloc(5),
    Buffer.from([0x80, 0, 0, 0, 16]),
    Buffer.from("grpc-status: 0\r\n"),
  ]).toString("base64"),
};

/**
 * What an instance of a function can do, and what its work takes of a processor: its package as it is deployed, in a
 * process of its own, with the engines in another, one event after the other as Lambda hands them out. It is warm, so this
 * is an instance that has been at it for a while; the policies are read anew every 2 s, as always.
 */
export const lambdaPolls: Figure = {
  name: "lambda-polls",
  meaning: "The functions' handlers, each in a process of its own: polls for 10 unchanged services, and reports",
  async measure(tell) {
    const folder = benchFolder();
    const undo = createUndo();
    try {
      const engines = await startFunctionEngines(join(folder, "engines"));
      undo.add(engines.stop);
      const { file } = await writeBundle("functions/agent-api/handler.ts", join(folder, "agent-api"));
      const agentApi = await startFunction(file, engines.variables, { withoutResends: true });
      undo.add(agentApi.stop);
      const least = await startFunction(LEAST, {}, { withoutResends: true });
      undo.add(least.stop);
      const measurements = await measurePolls(agentApi, least, engines, tell);
      return { measurements: [...measurements, ...(await measureReports(file, engines, folder, undo, tell))] };
    } finally {
      await undo.all();
    }
  },
};

async function measurePolls(
  agentApi: FunctionChild,
  least: FunctionChild,
  { token }: FunctionEngines,
  tell: (line: string) => void,
): Promise<Measurement[]> {
  const protocols = Object.keys(IN_PROTOCOL) as Protocol[];
  const event = (protocol: Protocol): string => JSON.stringify(pollEvent(protocol, token));
  const polls = (protocol: Protocol, forMs: number) => ({
    events: [event(protocol)],
    forMs,
    expected: EMPTY[protocol],
  });
  const leastPolls = { events: [event("Connect proto")], forMs: ROUND_MS, expected: "" };
  const rounds: Rounds = new Map();
  const leastRounds: Worked[] = [];
  // One round more than counts: in the first, the code is still being compiled.
  for (let round = 0; round <= ROUNDS; round++) {
    for (const protocol of rotated([undefined, ...protocols], round)) {
      if (protocol === undefined) {
        const taken = await least.work(leastPolls);
        if (round > 0) leastRounds.push(taken);
        continue;
      }
      const taken = await agentApi.work(polls(protocol, ROUND_MS));
      tell(
        `${round === 0 ? "warm-up" : `round ${round} of ${ROUNDS}`}: ${protocol}, ${Math.round(perSecond(taken))} polls/s`,
      );
      if (round > 0) rounds.get(protocol)?.polls.push(taken);
      else rounds.set(protocol, { polls: [], allocation: taken });
    }
  }
  for (const protocol of protocols) {
    const of = rounds.get(protocol);
    if (of !== undefined) {
      of.allocation = await agentApi.work({ ...polls(protocol, ALLOCATION_MS), countsAllocation: true });
    }
  }
  return summarize(rounds, leastRounds);
}

function pollEvent(protocol: Protocol, token: string): object {
  const body =
    protocol === "Connect JSON"
      ? Buffer.from(JSON.stringify(toJson(ContinuousProfilingPolicyQuerySchema, pollQuery())))
      : pollMessage();
  return urlEvent({ path: POLL_PATH, token, ...IN_PROTOCOL[protocol](body) });
}

const perSecond = ({ handled, elapsedMs }: Worked): number => (handled / elapsedMs) * 1_000;
const processorUs = ({ handled, processorUs }: Worked): number => processorUs / handled;

function summarize(rounds: Rounds, least: readonly Worked[]): Measurement[] {
  const all = [...rounds];
  return [
    ...all.map(([protocol, { polls }]) => {
      const atLeast = LEAST_PER_SECOND[protocol as keyof typeof LEAST_PER_SECOND];
      const rate = measurement(`${protocol}: answered`, "polls/s", polls.map(perSecond));
      return { ...rate, ...(atLeast !== undefined && { atLeast }) };
    }),
    measurement("the least a handler can do: answered", "polls/s", least.map(perSecond)),
    ...all.map(([protocol, { polls }]) =>
      measurement(`${protocol}: processor time`, "µs/poll", polls.map(processorUs)),
    ),
    measurement("the least a handler can do: processor time", "µs/poll", least.map(processorUs)),
    ...all.map(([protocol, { allocation }]) => ({
      what: `${protocol}: allocated`,
      value: allocation.allocated / allocation.handled,
      unit: "bytes/poll",
    })),
  ];
}

async function measureReports(
  file: string,
  engines: FunctionEngines,
  folder: string,
  undo: Undo,
  tell: (line: string) => void,
): Promise<Measurement[]> {
  // A fresh one: the clock of the other stands still for what reports note of time.
  const agentApi = await startFunction(file, { ...engines.variables, FLASHPOINT_REPORTS_PER_MINUTE: "1000000" });
  undo.add(agentApi.stop);
  const flow = await startReportFlow(engines, agentApi, folder, undo);
  const rounds: ReportTimes[] = [];
  for (let round = 0; round <= REPORT_ROUNDS; round++) {
    const taken = await flow.carry(REPORTS);
    tell(`${round === 0 ? "warm-up" : `round ${round} of ${REPORT_ROUNDS}`}: ${REPORTS} reports to a webhook`);
    if (round > 0) rounds.push(taken);
  }
  const of = (key: keyof ReportTimes): number[] => rounds.map((round) => round[key]);
  return [
    measurement("agent-api: processor time of a report", "µs/report", of("agentApi")),
    measurement("task-dispatcher: processor time", "µs/report", of("taskDispatcher")),
    measurement("task-forwarder: processor time", "µs/delivery", of("taskForwarder")),
  ];
}
