import { hash } from "node:crypto";
import { namesKey, type WatchedProcess } from "./watched-process.ts";

/**
 * What an agent watches, after each of its calls. Rover announces a new process with reportProcesses, alone, and right
 * afterwards sends a keepAlive with all the others; every tenth time it reports them all and sends no keepAlive. So a
 * report only adds and renews, and a keepAlive says what is left.
 */

/** A keepAlive that lacks a process reported so shortly before is the other half of that report. */
const NEWCOMER_MS = 10_000;
/** Agents that send no keepAlive: what was not reported for so long is gone. */
const UNHEARD_MS = 600_000;
/** Most processes that a report adds up to; above it, only those count that it names. */
const MAX_PROCESSES = 20_000;

/**
 * Adds the processes of a report to those that are known. Where names are the same, the reported ones take the place of
 * the known ones, so that a restarted process has one pid.
 */
export function afterReport(
  known: readonly WatchedProcess[],
  reported: readonly WatchedProcess[],
  { now, keptAliveAt }: { now: number; keptAliveAt: number },
): WatchedProcess[] {
  const renewed = new Set(reported.map(namesKey));
  const isAlive = ({ reportedAt = 0 }: WatchedProcess): boolean => Math.max(reportedAt, keptAliveAt) > now - UNHEARD_MS;
  const others = known.filter((process) => !renewed.has(namesKey(process)) && isAlive(process));
  const all = [...others, ...reported.map((process) => ({ ...process, reportedAt: now }))];
  return all.length > MAX_PROCESSES ? all.slice(others.length) : all;
}

/** Those that a keepAlive names, with what is known of them beside, and newcomers. */
export function afterKeepAlive(
  known: readonly WatchedProcess[],
  named: readonly WatchedProcess[],
  now: number,
): WatchedProcess[] {
  const unnamed = byNames(known);
  const alive = named.map((process) => ({ ...unnamed.get(namesKey(process))?.shift(), ...process }));
  const newcomers = [...unnamed.values()].flat().filter(({ reportedAt = 0 }) => reportedAt > now - NEWCOMER_MS);
  return [...alive, ...newcomers];
}

/** Fills in what another server heard of the same processes, unless it was heard here later. */
export function withStored(mine: readonly WatchedProcess[], stored: readonly WatchedProcess[]): WatchedProcess[] {
  const unclaimed = byNames(stored);
  return mine.map((process) => {
    const twin = unclaimed.get(namesKey(process))?.shift();
    if (twin === undefined) return process;
    const all = { ...twin, ...process };
    const { pid, kind, reportedAt = 0 } = twin;
    if (reportedAt <= (process.reportedAt ?? 0)) return all;
    return { ...all, ...(pid !== undefined && { pid }), ...(kind !== undefined && { kind }), reportedAt };
  });
}

/** The same for the same set, in whatever order and whenever it was reported. */
export function fingerprint(processes: readonly WatchedProcess[]): string {
  const lines = processes.map((process) => {
    const { layer, serviceName, instanceName, processName, labels, pid, kind, profilable } = process;
    return JSON.stringify([layer, serviceName, instanceName, processName, labels, pid, kind, profilable]);
  });
  return hash("sha256", lines.sort().join("\n"), "hex");
}

function byNames(processes: readonly WatchedProcess[]): Map<string, WatchedProcess[]> {
  return Map.groupBy(processes, namesKey);
}
