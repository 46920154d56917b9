import type { StoredProcess } from "../agent/agent-item.ts";
import { type LatestValue, MEASURED_TTL_MS, type MeasuredValue } from "../agent/measured-values.ts";
import type { ProcessNames } from "../agent/watched-process.ts";

/** What a server said when it was asked for values as they are now. */
export interface LiveAnswer {
  readonly server: string;
  /** Undefined: it did not answer. */
  readonly values: readonly MeasuredValue[] | undefined;
}

/**
 * Processes with each value as it is now where that is known, else as it was stored; without values that were measured
 * too long ago to say anything of now.
 */
export function withLive(
  processes: readonly StoredProcess[],
  { live, now }: { live: LiveAnswer | undefined; now: number },
): StoredProcess[] {
  const ofProcesses = Map.groupBy(live?.values ?? [], processKey);
  return processes.map((process) => {
    const fresh = (ofProcesses.get(processKey(process)) ?? []).map(latestValue);
    const known = new Set(fresh.map(valueKey));
    const all = [...fresh, ...process.values.filter((value) => !known.has(valueKey(value)))];
    return { ...process, values: all.filter(({ at }) => now - Date.parse(at) <= MEASURED_TTL_MS) };
  });
}

/** Whatever the layer, which not all that is measured names. */
function processKey({ serviceName, instanceName, processName }: Omit<ProcessNames, "layer">): string {
  return JSON.stringify([serviceName, instanceName, processName]);
}

function latestValue({ type, uri, value, at }: LatestValue): LatestValue {
  return { type, uri, value, at };
}

function valueKey({ type, uri }: LatestValue): string {
  return JSON.stringify([type, uri]);
}
