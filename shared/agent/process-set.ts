import { hash } from "node:crypto";
import { twins } from "./twins.ts";
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
 * Adds the processes of a report to those that are known. A process is known again by its names and pid; one whose pid
 * nobody has said yet, by its names. Others of the same names stay, until a keepAlive tells a restarted process from a
 * second one.
 */
export function afterReport(
  known: readonly WatchedProcess[],
  reported: readonly WatchedProcess[],
  { now, keptAliveAt }: { now: number; keptAliveAt: number },
): WatchedProcess[] {
  const renewed = new Set(reported.flatMap((process) => [pidKey(process), namesKey(process)]));
  const isAlive = ({ reportedAt = 0 }: WatchedProcess): boolean => Math.max(reportedAt, keptAliveAt) > now - UNHEARD_MS;
  const others = known.filter((process) => !renewed.has(pidKey(process)) && isAlive(process));
  const all = [...others, ...reported.map((process) => ({ reportedAt: now, ...process }))];
  return all.length > MAX_PROCESSES ? all.slice(others.length) : all;
}

/**
 * Those that a keepAlive names, with what is known of them beside, and newcomers. It names every living process once:
 * where more of the same names are known, those reported last are the living ones.
 */
export function afterKeepAlive(
  known: readonly WatchedProcess[],
  named: readonly WatchedProcess[],
  now: number,
): WatchedProcess[] {
  const isNewcomer = ({ reportedAt = 0 }: WatchedProcess): boolean => reportedAt > now - NEWCOMER_MS;
  const { true: newcomers = [], false: settled = [] } = Object.groupBy(known, (process) => `${isNewcomer(process)}`);
  const found = twins(named, [...settled.sort(latestFirst), ...newcomers.sort(latestFirst)], labelsKey);
  const taken = new Set(found);
  const alive = named.map((process, index) => ({ ...found[index], ...process }));
  return [...alive, ...newcomers.filter((process) => !taken.has(process))];
}

/**
 * Fills in what another server heard of the same processes, unless it was heard here later. Newcomers that the other one
 * heard of shortly before the keepAlive that came here stay: that was the other half of their report.
 */
export function withStored(
  mine: readonly WatchedProcess[],
  stored: readonly WatchedProcess[],
  keptAliveAt: number,
): WatchedProcess[] {
  const isNewcomer = ({ reportedAt = 0 }: WatchedProcess): boolean =>
    reportedAt > keptAliveAt - NEWCOMER_MS && reportedAt <= keptAliveAt;
  const { true: newcomers = [], false: settled = [] } = Object.groupBy(stored, (process) => `${isNewcomer(process)}`);
  const found = twins(mine, [...settled.sort(latestFirst), ...newcomers.sort(latestFirst)], pidKey, labelsKey);
  const taken = new Set(found);
  const filled = mine.map((process, index) => {
    const twin = found[index];
    if (twin === undefined) return process;
    const all = { ...twin, ...process };
    const { pid, kind, reportedAt = 0 } = twin;
    if (reportedAt <= (process.reportedAt ?? 0)) return all;
    return { ...all, ...(pid !== undefined && { pid }), ...(kind !== undefined && { kind }), reportedAt };
  });
  return [...filled, ...newcomers.filter((process) => !taken.has(process))];
}

/** The same for the same set, in whatever order it and its labels are and whenever it was reported. */
export function fingerprint(processes: readonly WatchedProcess[]): string {
  const lines = processes.map((process) => {
    const { layer, serviceName, instanceName, processName, labels, pid, kind, profilable } = process;
    return JSON.stringify([layer, serviceName, instanceName, processName, labels.toSorted(), pid, kind, profilable]);
  });
  return hash("sha256", lines.sort().join("\n"), "hex");
}

function latestFirst(a: WatchedProcess, b: WatchedProcess): number {
  return (b.reportedAt ?? 0) - (a.reportedAt ?? 0);
}

/** The names alone while the pid is not known. */
function pidKey(process: WatchedProcess): string {
  return process.pid === undefined ? namesKey(process) : `${process.pid} ${namesKey(process)}`;
}

function labelsKey(process: WatchedProcess): string {
  return JSON.stringify([namesKey(process), ...process.labels.toSorted()]);
}
