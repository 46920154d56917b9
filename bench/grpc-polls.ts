import type { ChildProcess } from "node:child_process";
import { endChild, nextMessage, startChild, usageOf } from "./child-process.ts";
import { type Figure, type Measurement, measurement } from "./figure.ts";
import type { LoadRequest, LoadResult } from "./load/load.ts";
import type { Ready } from "./servers/serve-parent.ts";
import { POLL_PATH, pollRequest } from "./unchanged-poll.ts";

const SERVERS = { flashpoint: "flashpoint", raw: "raw-http2", grpcJs: "grpc-js-no-op" } as const;
type ServerName = keyof typeof SERVERS;
const NAMES = Object.keys(SERVERS) as ServerName[];

const ROUNDS = 5;
const LOAD = { connections: 4, inFlight: 64, warmUpMs: 1_000, measureMs: 4_000 };
const START_MS = 30_000;
/** A round that is not over by then never will be. */
const ROUND_MS = LOAD.warmUpMs + LOAD.measureMs + 5_000;
/** What the design asks of the gRPC port, in terms of the least that Node can do. */
const LEAST_OF_RAW = 0.45;

interface Round {
  callsPerSecond: number;
  /** Of the server. */
  cpuUsPerCall: number;
  /** Part of one core that the load took; near 1, the load and not the server was the limit. */
  loadBusy: number;
}

/** Unchanged polls answered by the native gRPC port, beside two servers that do nothing with the same request. */
export const grpcPolls: Figure = {
  name: "grpc-polls",
  meaning: "Polls for 10 unchanged services on the gRPC port, against servers that do nothing",
  async measure(tell) {
    const children: ChildProcess[] = [];
    try {
      const servers = {} as Record<ServerName, { child: ChildProcess; port: number }>;
      for (const name of NAMES) {
        const child = startChild(new URL(`./servers/${SERVERS[name]}.ts`, import.meta.url));
        children.push(child);
        servers[name] = { child, port: (await nextMessage<Ready>(child, START_MS)).port };
      }
      const rounds: Record<ServerName, Round[]> = { flashpoint: [], raw: [], grpcJs: [] };
      // One round more than counts: in the first, the servers' code is still being compiled.
      for (let round = 0; round <= ROUNDS; round++) {
        for (const name of NAMES) {
          const taken = await takeRound(servers[name]);
          const text = `${Math.round(taken.callsPerSecond)} calls/s, ${taken.cpuUsPerCall.toFixed(1)} µs each`;
          tell(`${round === 0 ? "warm-up" : `round ${round} of ${ROUNDS}`}: ${SERVERS[name]} ${text}`);
          if (round > 0) rounds[name].push(taken);
        }
      }
      return { measurements: summarize(rounds) };
    } finally {
      await Promise.all(children.map(endChild));
    }
  },
};

async function takeRound({ child, port }: { child: ChildProcess; port: number }): Promise<Round> {
  const load = startChild(new URL("./load/http2-load.ts", import.meta.url));
  try {
    const before = await usageOf(child, START_MS);
    const request: LoadRequest = {
      port,
      path: POLL_PATH,
      body: pollRequest().toString("base64"),
      expected: Buffer.alloc(5).toString("base64"), // an empty message: nothing changed
      ...LOAD,
    };
    load.send(request);
    const { counted, all, elapsedMs, cpuMs } = await nextMessage<LoadResult>(load, ROUND_MS);
    return {
      callsPerSecond: (counted / elapsedMs) * 1_000,
      cpuUsPerCall: ((await usageOf(child, START_MS)).cpuUs - before.cpuUs) / all,
      loadBusy: cpuMs / elapsedMs,
    };
  } finally {
    await endChild(load);
  }
}

function summarize(rounds: Record<ServerName, Round[]>): Measurement[] {
  const of = (name: ServerName, key: keyof Round): number[] => rounds[name].map((round) => round[key]);
  // Round by round, so that a machine that slows down in between slows both sides of a ratio.
  const ratio = (to: ServerName): number[] => {
    const others = of(to, "callsPerSecond");
    return of("flashpoint", "callsPerSecond").map((own, round) => own / (others[round] ?? Number.NaN));
  };
  return [
    ...NAMES.map((name) => measurement(`${SERVERS[name]}: answered`, "calls/s", of(name, "callsPerSecond"))),
    ...NAMES.map((name) => measurement(`${SERVERS[name]}: processor time`, "µs/call", of(name, "cpuUsPerCall"))),
    { ...measurement("flashpoint / raw-http2", "of calls/s", ratio("raw")), atLeast: LEAST_OF_RAW },
    measurement("flashpoint / grpc-js-no-op", "of calls/s", ratio("grpcJs")),
    measurement("load on raw-http2: processor time", "of one core", of("raw", "loadBusy")),
  ];
}
