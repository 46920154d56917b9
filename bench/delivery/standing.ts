import { readdirSync } from "node:fs";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

/** What a process has and has used, as it says itself. */
export interface Standing {
  /** Milliseconds by clock.ts. */
  at: number;
  /** Processor time since it started, in ms: of the thread that was asked, and of the whole process. */
  threadCpuMs: number;
  processCpuMs: number;
  /** What lives on the heap of the thread that was asked, in bytes, after a collection; other threads have their own. */
  heapBytes: number;
  /** Buffers and the like outside of that heap, in bytes. */
  externalBytes: number;
  /** All of the process's memory that is in use, other threads' too, in bytes. */
  residentBytes: number;
  /** What keeps the thread that was asked busy or alive, by kind, as Node counts it: sockets, timers, requests. */
  resources: Record<string, number>;
  /** Files, sockets and pipes that the process has open; undefined where the system does not show them. */
  descriptors: number | undefined;
}

setFlagsFromString("--expose-gc");
const collectGarbage: () => void = runInNewContext("gc");

/** @param at now, by clock.ts. */
export function standing(at: number): Standing {
  const thread = process.threadCpuUsage();
  const whole = process.cpuUsage();
  collectGarbage();
  const { heapUsed, external, rss } = process.memoryUsage();
  const resources: Record<string, number> = {};
  for (const kind of process.getActiveResourcesInfo()) resources[kind] = (resources[kind] ?? 0) + 1;
  return {
    at,
    threadCpuMs: (thread.user + thread.system) / 1_000,
    processCpuMs: (whole.user + whole.system) / 1_000,
    heapBytes: heapUsed,
    externalBytes: external,
    residentBytes: rss,
    resources,
    descriptors: openDescriptors(),
  };
}

function openDescriptors(): number | undefined {
  try {
    return readdirSync("/proc/self/fd").length - 1; // one is for reading this
  } catch {
    return undefined;
  }
}
