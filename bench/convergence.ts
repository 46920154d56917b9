import { createGrpcCaller, type GrpcCaller } from "../server/demo/grpc-caller.ts";
import { reachableAt } from "../server/listening.ts";
import { startLocalServer } from "../server/local/local-server.ts";
import { loadConfig } from "../shared/config.ts";
import { ContinuousProfilingService } from "../shared/gen/ebpf/profiling/Continuous_pb.js";
import { createLogger } from "../shared/log.ts";
import type { PolicyTargets } from "../shared/policies/policy.ts";
import { policyUuid } from "../shared/policies/policy-uuid.ts";
import type { Services } from "../shared/services.ts";
import { type Curve, type Figure, median } from "./figure.ts";
import { localSettings } from "./local-settings.ts";
import { POLL_MS, pollPhases, pollsInOrder } from "./simulation/agents-polls.ts";
import { cachePhases, type IncumbentRule, incumbentArrivals } from "./simulation/incumbent.ts";
import { shareOverTime } from "./simulation/share-over-time.ts";

const AGENTS = 1_000;
const SERVICE = "shop::checkout";
/** Rounds of their own phases, each edited a little later after the server's last read than the one before. */
const ROUNDS = 6;
/** Until when a round is watched, and how far the picture goes. */
const WATCHED_SECONDS = 150;
/** A round in which nobody polls first, so that nothing is remembered, and every agent polls once before the edit. */
const REST_MS = 60_000;
const BEFORE_MS = POLL_MS + 2_000;
/** How old what the server has read is at most (FLASHPOINT_POLICY_CACHE_MS). */
const POLICY_CACHE_MS = 2_000;
/** An interval of polls, and what the server may be behind. */
const MOST_SECONDS = (POLL_MS + POLICY_CACHE_MS) / 1_000;
/** The models: where in its minute the incumbent's cache stands at the edit. */
const CACHE_PHASES = 60;
const MODELS = {
  compared: "OAP on BanyanDB or Elasticsearch (model)",
  silent: "OAP on MySQL or PostgreSQL (model)",
} as const satisfies Record<IncumbentRule, string>;

/** The clock of the simulation, in ms: nothing waits, time goes from poll to poll. */
interface Clock {
  ms: number;
}

/** How soon all agents of a service have an edited policy. */
export const convergence: Figure = {
  name: "convergence",
  meaning: `A policy edit on its way to ${AGENTS.toLocaleString("en")} agents of one service that poll every ${POLL_MS / 1_000} s, in simulated time`,
  async measure(tell) {
    const clock: Clock = { ms: 1_000_000 };
    const epochMs = Date.now();
    const config = loadConfig(localSettings(), { FLASHPOINT_POLICY_CACHE_MS: String(POLICY_CACHE_MS) });
    const local = await startLocalServer(config, createLogger(config.logLevel, process.stderr), {
      now: () => epochMs + clock.ms,
      monotonicNow: () => clock.ms,
    });
    const grpc = createGrpcCaller(reachableAt(local.ports.grpc));
    try {
      const held: string[] = Array.from({ length: AGENTS }, () => "");
      await local.services.policyStore.put(SERVICE, targetsOf(0), { updatedBy: "bench" });
      const rounds: number[][] = [];
      for (let round = 0; round < ROUNDS; round++) {
        rounds.push(await arrivalsOf(round, { clock, held, grpc, policyStore: local.services.policyStore }));
        tell(`${round + 1} of ${ROUNDS} edits`);
      }
      return results(rounds);
    } finally {
      grpc.close();
      await local.stop();
    }
  },
};

/**
 * One edit, and when each agent held it, in ms after it. The embedded DynamoDB reads what was written last, always; in
 * AWS a read may be behind a write by part of a second, and that comes on top, as does the time that a read takes.
 */
async function arrivalsOf(
  round: number,
  {
    clock,
    held,
    grpc,
    policyStore,
  }: { clock: Clock; held: string[]; grpc: GrpcCaller } & Pick<Services, "policyStore">,
): Promise<number[]> {
  const phases = pollPhases(AGENTS, `round ${round}`);
  const startMs = clock.ms + REST_MS;
  // Reads come at the start and every two seconds and one poll after it: this goes once over the time between two.
  const editMs = startMs + BEFORE_MS + (POLICY_CACHE_MS * (round + 0.6)) / ROUNDS;
  for (const { atMs, agent } of pollsInOrder(phases, { fromMs: startMs, toMs: editMs })) {
    clock.ms = atMs;
    held[agent] = await poll(grpc, held[agent] ?? "");
  }
  const old = policyUuid(targetsOf(round));
  if (held.some((uuid) => uuid !== old)) throw new Error("not every agent held the old policy before the edit");

  clock.ms = editMs;
  const edited = policyUuid(targetsOf(round + 1));
  await policyStore.put(SERVICE, targetsOf(round + 1), { updatedBy: "bench" });
  const arrivals = held.map(() => Number.POSITIVE_INFINITY);
  let left = AGENTS;
  for (const { atMs, agent } of pollsInOrder(phases, { fromMs: editMs, toMs: editMs + WATCHED_SECONDS * 1_000 })) {
    clock.ms = atMs;
    held[agent] = await poll(grpc, held[agent] ?? "");
    if (held[agent] !== edited || arrivals[agent] !== Number.POSITIVE_INFINITY) continue;
    arrivals[agent] = atMs - editMs;
    left--;
    if (left === 0) return arrivals;
  }
  return arrivals;
}

/** Polls as an agent does. @returns the UUID that it holds from then on. */
async function poll(grpc: GrpcCaller, uuid: string): Promise<string> {
  const { commands } = await grpc.call(ContinuousProfilingService.method.queryPolicies, {
    policies: [{ serviceName: SERVICE, uuid }],
  });
  const json = commands[0]?.args.find(({ key }) => key === "ServiceWithPolicyJSON")?.value;
  if (json === undefined) return uuid;
  const services: { ServiceName: string; UUID: string }[] = JSON.parse(json);
  return services.find(({ ServiceName }) => ServiceName === SERVICE)?.UUID ?? uuid;
}

function results(rounds: readonly (readonly number[])[]) {
  const last = rounds.map((arrivals) => Math.max(...arrivals) / 1_000);
  const slowest = rounds[last.indexOf(Math.max(...last))] ?? [];
  const half = rounds.map((arrivals) => median(arrivals) / 1_000);
  const [compared, silent] = [modelOf("compared"), modelOf("silent")];
  return {
    measurements: [
      {
        what: "all agents on the new version after, the slowest edit",
        value: Math.max(...last),
        unit: "s",
        rounds: last,
        atMost: MOST_SECONDS,
      },
      { what: "half of them after", value: median(half), unit: "s", rounds: half },
      { what: `${MODELS.compared}: all agents after, on average`, value: mean(compared.lastSeconds), unit: "s" },
      { what: `${MODELS.compared}: all agents after, at worst`, value: Math.max(...compared.lastSeconds), unit: "s" },
      {
        what: `${MODELS.silent}: agents after ${WATCHED_SECONDS} s`,
        value: silent.curve.points.at(-1)?.[1] ?? Number.NaN,
        unit: "%",
      },
    ],
    curves: [
      {
        name: `Flashpoint (measured, the slowest of ${ROUNDS} edits)`,
        points: shareOverTime(slowest, WATCHED_SECONDS),
      },
      compared.curve,
      silent.curve,
    ],
  };
}

/** The mean of many minutes: an edit meets the cache anywhere in it. */
function modelOf(rule: IncumbentRule): { curve: Curve; lastSeconds: number[] } {
  const phases = pollPhases(AGENTS, "round 0");
  const edits = cachePhases(CACHE_PHASES).map((readAtMs) =>
    incumbentArrivals({ rule, phases, readAtMs, untilMs: WATCHED_SECONDS * 1_000 }),
  );
  return {
    // All edits have as many agents, so the share of all arrivals is the mean of the edits' shares.
    curve: { name: MODELS[rule], points: shareOverTime(edits.flat(), WATCHED_SECONDS) },
    lastSeconds: edits.map((arrivals) => Math.max(...arrivals) / 1_000),
  };
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** Another policy for each edit. */
function targetsOf(edit: number): PolicyTargets {
  return {
    ON_CPU: { PROCESS_CPU: { threshold: String(50 + edit), period: 10, count: 3, uriList: [], uriRegex: "" } },
  };
}
