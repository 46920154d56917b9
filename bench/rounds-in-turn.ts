import type { ChildProcess } from "node:child_process";
import { endChild, nextMessage, startChild, usageOf } from "./child-process.ts";
import { type Measurement, measurement } from "./figure.ts";
import type { LoadRequest, LoadResult } from "./load/load.ts";
import { rotated } from "./rotated.ts";
import type { Ready } from "./servers/serve-parent.ts";

/** How long a server may take to start, and to say what it has used. */
const START_MS = 30_000;
/** What a round may take beside its load. */
const SPARE_MS = 5_000;

/** A server of servers/serve-parent.ts in a process of its own, and what it told when it had started. */
export interface Started<Told extends Ready> {
  readonly server: ChildProcess;
  readonly told: Told;
}

/** Starts a program of servers/ by its name. */
export type StartServer = <Told extends Ready>(name: string) => Promise<Started<Told>>;

/** Lets `work` start servers, and ends them all once it is done. */
export async function withServers<Result>(work: (start: StartServer) => Promise<Result>): Promise<Result> {
  const servers: ChildProcess[] = [];
  try {
    return await work(async <Told extends Ready>(name: string): Promise<Started<Told>> => {
      const server = startChild(new URL(`./servers/${name}.ts`, import.meta.url));
      servers.push(server);
      return { server, told: await nextMessage<Told>(server, START_MS) };
    });
  } finally {
    await Promise.all(servers.map(endChild));
  }
}

/** A server under a load. */
export interface Contender {
  readonly name: string;
  readonly server: ChildProcess;
  /** The load's program; it takes a LoadRequest. */
  readonly load: URL;
  readonly request: LoadRequest;
}

export interface Round {
  readonly callsPerSecond: number;
  /** Of the server. */
  readonly cpuUsPerCall: number;
}

/**
 * Puts each server under its load, in turns, one after the other: a machine that slows down in between slows all of
 * them. Each comes first in its turn.
 * @returns the rounds of each, in the order of `contenders`.
 */
export async function roundsInTurn(
  contenders: readonly Contender[],
  { rounds, tell }: { rounds: number; tell: (line: string) => void },
): Promise<Round[][]> {
  const taken = contenders.map((): Round[] => []);
  // One round more than counts: in the first, the servers' code is still being compiled.
  for (let round = 0; round <= rounds; round++) {
    for (const [index, contender] of rotated([...contenders.entries()], round)) {
      const one = await takeRound(contender);
      const text = `${Math.round(one.callsPerSecond)} calls/s, ${one.cpuUsPerCall.toFixed(1)} µs each`;
      tell(`${round === 0 ? "warm-up" : `round ${round} of ${rounds}`}: ${contender.name} ${text}`);
      if (round > 0) taken[index]?.push(one);
    }
  }
  return taken;
}

async function takeRound({ server, load: program, request }: Contender): Promise<Round> {
  const load = startChild(program);
  try {
    const before = await usageOf(server, START_MS);
    load.send(request);
    const { warmUpMs, measureMs } = request;
    const { counted, all, elapsedMs } = await nextMessage<LoadResult>(load, warmUpMs + measureMs + SPARE_MS);
    return {
      callsPerSecond: (counted / elapsedMs) * 1_000,
      cpuUsPerCall: ((await usageOf(server, START_MS)).cpuUs - before.cpuUs) / all,
    };
  } finally {
    await endChild(load);
  }
}

/** What was answered, and what it took, server by server. */
export function perServer(contenders: readonly Contender[], rounds: readonly (readonly Round[])[]): Measurement[] {
  const each = (what: string, unit: string, of: (round: Round) => number): Measurement[] =>
    contenders.map(({ name }, index) => measurement(`${name}: ${what}`, unit, (rounds[index] ?? []).map(of)));
  return [
    ...each("answered", "calls/s", ({ callsPerSecond }) => callsPerSecond),
    ...each("processor time", "µs/call", ({ cpuUsPerCall }) => cpuUsPerCall),
    // Well below 1, the load was the limit: of a server that could do more, a ratio of calls flatters the other one.
    ...each(
      "kept busy",
      "of a core",
      ({ callsPerSecond, cpuUsPerCall }) => (callsPerSecond * cpuUsPerCall) / 1_000_000,
    ),
  ];
}

/**
 * One server in terms of another, round by round: by the calls that it answered, and by those that it could answer in the
 * same time of a processor, whatever the load and the rest of the machine left it.
 */
export function ratios(
  what: string,
  own: readonly Round[] = [],
  others: readonly Round[] = [],
  target: Pick<Measurement, "atLeast"> = {},
): Measurement[] {
  const perRound = (ratio: (own: Round, other: Round) => number): number[] =>
    own.flatMap((round, index) => {
      const other = others[index];
      return other === undefined ? [] : [ratio(round, other)];
    });
  const calls = perRound((own, other) => own.callsPerSecond / other.callsPerSecond);
  const cpu = perRound((own, other) => other.cpuUsPerCall / own.cpuUsPerCall);
  return [
    { ...measurement(what, "of calls/s", calls), ...target },
    { ...measurement(`${what}, by processor time`, "of calls", cpu), ...target },
  ];
}
