import { hash } from "node:crypto";
import { LRUCache } from "lru-cache";
import { lazily } from "../lazily.ts";
import type { MonitorType } from "../policies/policy.ts";
import { keptName, type ProcessNames } from "./watched-process.ts";

/** The latest value of one kind that was measured of a process. */
export interface LatestValue {
  readonly type: MonitorType;
  /** What the HTTP types were measured of: `global`, a path or a regex; blank for the others. */
  readonly uri: string;
  /** In the unit of the type: percent, threads, load or milliseconds. */
  readonly value: number;
  /** When it was measured, by the agent's clock, unless that runs ahead; ISO 8601. */
  readonly at: string;
}

/** What HTTP values of all paths together are measured of, in the agent's word. */
const ALL_PATHS = "global";

/** Whether a value was measured of the whole process, not of some paths. */
export function isOfAll({ uri }: Pick<LatestValue, "uri">): boolean {
  return uri === "" || uri === ALL_PATHS;
}

export interface MeasuredValue extends ProcessNames, LatestValue {}

/** What agents measured lately, in this process's memory only. */
export interface MeasuredValues {
  /** Keeps a value measured at `at` (milliseconds since the epoch, by the agent's clock), unless a later one is known. */
  note(value: Omit<MeasuredValue, "at"> & { at: number }): void;
  /** Of every process, or of those of one service; those heard last stand last. */
  list(serviceName?: string): MeasuredValue[];
  /** Of one process, whatever its layer. */
  ofProcess(process: Omit<ProcessNames, "layer">): LatestValue[];
}

/** How long a value is offered once it was received: an agent's clock may be off. */
export const MEASURED_TTL_MS = 600_000;
/** Values kept at most; the least recently measured go first. */
const MAX_SERIES = 20_000;
const MAX_BYTES = 32 * 1_024 * 1_024;

interface Series {
  readonly names: ProcessNames;
  readonly type: MonitorType;
  readonly uri: string;
  readonly value: number;
  readonly at: number;
  readonly receivedAt: number;
  /** Its process's key. */
  readonly process: string;
}

export function createMeasuredValues(options: { now?: () => number; maxBytes?: number } = {}): MeasuredValues {
  const { now = Date.now, maxBytes = MAX_BYTES } = options;
  /** Keys of a process's series, so that finding them takes no walk over all. */
  const ofProcesses = new Map<string, Set<string>>();
  // Made with room for all that it may hold, which takes a while.
  const allSeries = lazily(
    () =>
      new LRUCache<string, Series>({
        max: MAX_SERIES,
        maxSize: maxBytes,
        sizeCalculation: bytesOf,
        dispose({ process }, key, reason) {
          if (reason === "set") return;
          const keys = ofProcesses.get(process);
          keys?.delete(key);
          if (keys?.size === 0) ofProcesses.delete(process);
        },
      }),
  );
  const isOffered = ({ receivedAt }: Series): boolean => now() - receivedAt <= MEASURED_TTL_MS;

  return {
    note({ layer, serviceName, instanceName, processName, type, uri: anyUri, value, at: saidAt }) {
      const names = {
        serviceName: keptName(serviceName),
        instanceName: keptName(instanceName),
        processName: keptName(processName),
        layer: keptName(layer),
      };
      const uri = keptName(anyUri);
      const process = processKey(names);
      const key = shortKey(process, type, uri);
      const receivedAt = now();
      // A clock that runs ahead must not shut out its later values. Nor is every number a date.
      const at = Math.max(0, Math.min(saidAt, receivedAt));
      const known = allSeries().peek(key);
      if (known !== undefined && isOffered(known) && known.at > at) return;
      allSeries().set(key, { names, type, uri, value, at, receivedAt, process });
      if (known !== undefined) return;
      const keys = ofProcesses.get(process);
      if (keys === undefined) ofProcesses.set(process, new Set([key]));
      else keys.add(key);
    },

    list(serviceName) {
      const wanted = serviceName === undefined ? undefined : keptName(serviceName);
      return [...allSeries().values()]
        .toReversed()
        .filter((series) => isOffered(series) && (wanted === undefined || series.names.serviceName === wanted))
        .map((series) => ({ ...series.names, ...latest(series) }));
    },

    ofProcess(process) {
      return [...(ofProcesses.get(processKey(process)) ?? [])]
        .flatMap((key) => allSeries().peek(key) ?? [])
        .filter(isOffered)
        .map(latest);
    },
  };
}

/** Keys are hashes: names of a kilobyte each would be kept twice over. */
function shortKey(...parts: string[]): string {
  return hash("sha256", JSON.stringify(parts), "base64url");
}

function processKey({ serviceName, instanceName, processName }: Omit<ProcessNames, "layer">): string {
  return shortKey(keptName(serviceName), keptName(instanceName), keptName(processName));
}

function latest({ type, uri, value, at }: Series): LatestValue {
  return { type, uri, value, at: new Date(at).toISOString() };
}

/** Memory taken, about: two bytes a character, and the objects and keys around them. */
function bytesOf({ names: { layer, serviceName, instanceName, processName }, uri }: Series): number {
  const characters = layer.length + serviceName.length + instanceName.length + processName.length + uri.length;
  return 1_000 + 2 * characters;
}
