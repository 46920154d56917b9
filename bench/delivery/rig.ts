import type { ChildProcess } from "node:child_process";
import { setTimeout as delay } from "node:timers/promises";
import { endChild, nextMessage, startChild } from "../child-process.ts";
import type { Ready } from "../servers/serve-parent.ts";
import { type Account, accountOf } from "./account.ts";
import type { Arrivals, CollectorQuestion, LoadRequest, LoadResult } from "./load.ts";
import type { Standing } from "./standing.ts";

const START_MS = 30_000;
const ANSWER_MS = 10_000;
/** How long the load may wait for the last answers; each call has a bound of 5 s of its own. */
const LAST_ANSWERS_MS = 15_000;
/**
 * Once all reports are sent, no event for so long means that none comes any more; those of a rate that was not held take
 * long in all, since they are worked off one after the other, and the next run must not find any of them.
 */
const SILENCE_MS = 75_000;
const LAST_EVENTS_MS = 600_000;
const LOOK_MS = 50;

/** What a run came to. Shares are of one core, while reports were sent. */
export interface Run extends Account {
  readonly failures: Record<string, number>;
  readonly loadBusy: number;
  readonly collectorBusy: number;
  /** Of the server's own thread, and of the rest of its process: the engines' thread, and what works for both. */
  readonly serverBusy: number;
  readonly enginesBusy: number;
}

/** How the server is to be looked at while reports are sent. */
export interface Sampling {
  everyMs: number;
  look(standing: Standing): void;
}

/** Server, collector and load, each in a process of its own. */
export interface Rig {
  /** Sends reports at this rate for so long, and waits until every event has arrived or should have. */
  run(way: "report" | "straight", rate: number, seconds: number, sampling?: Sampling): Promise<Run>;
  /** How the server stands, garbage collected. */
  standing(): Promise<Standing>;
  stop(): Promise<void>;
}

/** @param nodeOptions for the server alone, for instance `--cpu-prof`. */
export async function startRig({ nodeOptions = "" } = {}): Promise<Rig> {
  const children: ChildProcess[] = [];
  const stop = async (): Promise<void> => {
    await Promise.all(children.map(endChild));
  };
  const start = (program: string, env?: Record<string, string>): ChildProcess => {
    const child = startChild(new URL(program, import.meta.url), env);
    children.push(child);
    return child;
  };
  try {
    const load = start("./report-load.ts");
    const collector = start("./event-collector.ts");
    const { port: collectorPort } = await nextMessage<Ready>(collector, START_MS);
    const url = `http://127.0.0.1:${collectorPort}/events`;
    const server = start("./report-server.ts", { COLLECTOR_URL: url, NODE_OPTIONS: nodeOptions });
    const { port: grpcPort } = await nextMessage<Ready>(server, START_MS);
    let runs = 0;

    const askCollector = <T>(question: CollectorQuestion): Promise<T> => ask<T>(collector, question, ANSWER_MS);
    const standing = (): Promise<Standing> => ask<Standing>(server, "standing", ANSWER_MS);

    async function allArrived(run: string, count: number): Promise<void> {
      const deadline = performance.now() + LAST_EVENTS_MS;
      let known = 0;
      for (let lastAt = performance.now(); known < count; await delay(LOOK_MS)) {
        const arrived = await askCollector<number>({ count: run });
        const now = performance.now();
        if (arrived > known) lastAt = now;
        if (now > lastAt + SILENCE_MS || now > deadline) return;
        known = arrived;
      }
    }

    return {
      async run(way, rate, seconds, sampling) {
        const run = `run-${++runs}`;
        const before = await standing();
        const collectorBefore = (await askCollector<Arrivals>({ take: run })).cpuMs;
        const to = way === "report" ? { grpcPort } : { url };
        const request: LoadRequest = { to, run, rate, seconds };
        const sending = ask<LoadResult>(load, request, seconds * 1_000 + LAST_ANSWERS_MS);
        const sent = await (sampling === undefined ? sending : sampled(sending, standing, sampling));
        const after = await standing();
        await allArrived(run, sent.answeredAt.filter((at) => at > 0).length);
        const arrivals = await askCollector<Arrivals>({ take: run });
        const ms = after.at - before.at;
        const threadMs = after.threadCpuMs - before.threadCpuMs;
        return {
          ...accountOf(sent, arrivals, rate),
          failures: sent.failures,
          loadBusy: sent.cpuMs / sent.elapsedMs,
          collectorBusy: (arrivals.cpuMs - collectorBefore) / ms,
          serverBusy: threadMs / ms,
          enginesBusy: (after.processCpuMs - before.processCpuMs - threadMs) / ms,
        };
      },
      standing,
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** Looks at once, and again and again until the work is done. */
async function sampled<T>(
  work: Promise<T>,
  standing: () => Promise<Standing>,
  { everyMs, look }: Sampling,
): Promise<T> {
  const done = new AbortController();
  const finished = work.finally(() => done.abort());
  finished.catch(() => {}); // heard below
  while (!done.signal.aborted) {
    look(await standing());
    await delay(everyMs, undefined, done).catch(() => {}); // the work is done
  }
  return finished;
}

async function ask<T>(child: ChildProcess, question: object | string, waitMs: number): Promise<T> {
  const answer = nextMessage<T>(child, waitMs);
  child.send(question);
  return answer;
}
