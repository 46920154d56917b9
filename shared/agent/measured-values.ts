import { LRUCache } from "lru-cache";
import type { MonitorType } from "../policies/policy.ts";
import { keptName, type ProcessNames } from "./watched-process.ts";

/** The latest value of one kind that was measured of a process. */
export interface LatestValue {
  readonly type: MonitorType;
  /** What the HTTP types were measured of: `global`, a path or a regex; blank for the others. */
  readonly uri: string;
  /** In the unit of the type: percent, threads, load or milliseconds. */
  readonly value: number;
  /** When it was measured; ISO 8601. */
  readonly at: string;
}

export interface MeasuredValue extends ProcessNames, LatestValue {}

/** What agents measured lately, in this process's memory only. */
export interface MeasuredValues {
  /** Keeps a value measured at `at` (milliseconds since the epoch), unless a later one is known. */
  note(value: Omit<MeasuredValue, "at"> & { at: number }): void;
  /** Of every process, or of those of one service; those heard last stand last. */
  list(serviceName?: string): MeasuredValue[];
  /** Of one process, whatever its layer. */
  ofProcess(process: Omit<ProcessNames, "layer">): LatestValue[];
}

/** How long a value is offered. */
export const MEASURED_TTL_MS = 600_000;
/** Values kept at most; the least recently measured go first. */
const MAX_SERIES = 20_000;

type Series = ProcessNames & Omit<LatestValue, "at"> & { at: number };

export function createMeasuredValues({ now = Date.now }: { now?: () => number } = {}): MeasuredValues {
  /** Keys of a process's series, so that finding them takes no walk over all. */
  const ofProcesses = new Map<string, Set<string>>();
  const series = new LRUCache<string, Series>({
    max: MAX_SERIES,
    dispose(value, key, reason) {
      if (reason === "set") return;
      const keys = ofProcesses.get(processKey(value));
      keys?.delete(key);
      if (keys?.size === 0) ofProcesses.delete(processKey(value));
    },
  });
  const isOffered = ({ at }: Series): boolean => now() - at <= MEASURED_TTL_MS;

  return {
    note(measured) {
      const value: Series = {
        layer: keptName(measured.layer),
        serviceName: keptName(measured.serviceName),
        instanceName: keptName(measured.instanceName),
        processName: keptName(measured.processName),
        type: measured.type,
        uri: keptName(measured.uri),
        value: measured.value,
        at: Math.min(measured.at, now()), // an agent's clock that runs ahead must not shut out its later values
      };
      if (!isOffered(value)) return;
      const process = processKey(value);
      const key = JSON.stringify([process, value.type, value.uri]);
      const known = series.peek(key);
      if (known !== undefined && known.at > value.at) return;
      series.set(key, value);
      if (known !== undefined) return;
      const keys = ofProcesses.get(process);
      if (keys === undefined) ofProcesses.set(process, new Set([key]));
      else keys.add(key);
    },

    list(serviceName) {
      const wanted = (value: Series): boolean =>
        isOffered(value) && (serviceName === undefined || value.serviceName === keptName(serviceName));
      return [...series.values()]
        .toReversed()
        .filter(wanted)
        .map(({ layer, serviceName, instanceName, processName, ...value }) => ({
          ...{ serviceName, instanceName, processName, layer },
          ...latest(value),
        }));
    },

    ofProcess(process) {
      return [...(ofProcesses.get(processKey(process)) ?? [])]
        .flatMap((key) => series.peek(key) ?? [])
        .filter(isOffered)
        .map(latest);
    },
  };
}

function processKey({ serviceName, instanceName, processName }: Omit<ProcessNames, "layer">): string {
  return JSON.stringify([serviceName, instanceName, processName]);
}

function latest({ type, uri, value, at }: Omit<LatestValue, "at"> & { at: number }): LatestValue {
  return { type, uri, value, at: new Date(at).toISOString() };
}
