import { createHash } from "node:crypto";
import type { ProfilingTask, TaskCause } from "../gen/flashpoint/v1/task_pb.js";

/** Within so long of each other, reports that say the same are one report that came twice. */
const SAME_REPORT_MS = 60_000;

/**
 * SHA-256, as 64 hexadecimal digits, of everything that the agent said: the task without what Flashpoint added, its id
 * and its time. An agent's values are doubles that hardly ever come back, so the same again is mostly the same bytes:
 * sent twice on the way, or once more because the answer was lost.
 */
export function reportFingerprint(task: ProfilingTask): string {
  const { layer, serviceName, instanceName, processName, target, durationSeconds, samplingUriRegexes, causes } = task;
  const process = [layer, serviceName, instanceName, processName];
  const said = [process, target, durationSeconds, samplingUriRegexes, causes.map(causeParts)];
  return createHash("sha256").update(JSON.stringify(said)).digest("hex");
}

/**
 * Whether two reports of the same fingerprint, accepted at these times (ms since the epoch), are the same. An agent
 * stays silent about a process for 20 minutes once it has its answer; a caller without one tries again within seconds.
 */
export function isSameReport(reportedAt: number, otherReportedAt: number): boolean {
  return Math.abs(reportedAt - otherReportedAt) < SAME_REPORT_MS;
}

/** Numbers as text: JSON has no word for those that are none. */
function causeParts({ monitorType, threshold, current, uri }: TaskCause): unknown[] {
  return [monitorType, String(threshold), String(current), uri.case ?? "", uri.value ?? ""];
}
