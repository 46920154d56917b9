import type { ChildProcess } from "node:child_process";
import { endChild, nextMessage, startChild, usageOf } from "./child-process.ts";
import { type Measurement, measurement } from "./figure.ts";
import type { LoadRequest, LoadResult } from "./load/load.ts";
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
  /** Part of one core that the load took; near 1, the load and not the server was the limit. */
  readonly loadBusy: number;
}

/**
 * Puts each server under its load, in turns, one after the other: a machine that slows down in between slows all of
 * them.
 * @returns the rounds of each, in the order of `contenders`.
 */
export async function roundsInTurn(
  contenders: readonly Contender[],
  { rounds, tell }: { rounds: number; tell: (line: string) => void },
): Promise<Round[][]> {
  const taken = contenders.map((): Round[] => []);
  // One round more than counts: in the first, the servers' code is still being compiled.
  for (let round = 0; round <= rounds; round++) {
    for (const [index, contender] of contenders.entries()) {
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
    const { counted, all, elapsedMs, cpuMs } = await nextMessage<LoadResult>(load, warmUpMs + measureMs + SPARE_MS);
    return {
      callsPerSecond: (counted / elapsedMs) * 1_000,
      cpuUsPerCall: ((await usageOf(server, START_MS)).cpuUs - before.cpuUs) / all,
      loadBusy: cpuMs / elapsedMs,
    };
  } finally {
    await endChild(load);
  }
}

/** What was answered, and what it took, server by server. */
export function perServer(contenders: readonly Contender[], rounds: readonly (readonly Round[])[]): Measurement[] {
  const each = (what: string, unit: string, key: keyof Round): Measurement[] =>
    contenders.map(({ name }, index) =>
      measurement(
        `${name}: ${what}`,
        unit,
        (rounds[index] ?? []).map((round) => round[key]),
      ),
    );
  return [
    ...each("answered", "calls/s", "callsPerSecond"),
    ...each("processor time", "µs/call", "cpuUsPerCall"),
    // Near 1, the load was the limit: of a server that could do more, a ratio to it flatters the other one.
    ...each("load's processor time", "of a core", "loadBusy"),
  ];
}

/** One server's calls in terms of another's, round by round. */
export function ratios(own: readonly Round[] = [], others: readonly Round[] = []): number[] {
  return own.map(({ callsPerSecond }, round) => callsPerSecond / (others[round]?.callsPerSecond ?? Number.NaN));
}
