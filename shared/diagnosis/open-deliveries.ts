import { timestampMs } from "@bufbuild/protobuf/wkt";
import type { TaskRecord } from "../tasks/task-item.ts";

/** Where the deliveries of the newest tasks stand, those of their profiles left out. */
export interface OpenDeliveries {
  /** Of so many tasks. */
  readonly tasks: number;
  /** Whether there are older tasks, which were not looked at. */
  readonly isCutOff: boolean;
  readonly pending: number;
  readonly retrying: number;
  /** When the oldest task was reported that is still to be delivered; ISO 8601. */
  readonly oldestAt: string | null;
  /** The collectors that have not taken them yet, the one with most first. */
  readonly collectors: readonly string[];
}

/** A delivery that is still not made after this is more than a collector that was started anew. */
const LATE_MS = 10 * 60_000;

/** Whether any has waited for more than ten minutes. */
export function isLate({ oldestAt }: OpenDeliveries, now: number): boolean {
  return oldestAt !== null && now - Date.parse(oldestAt) > LATE_MS;
}

/** @param records the newest tasks; there may be more if they are as many as `limit`. */
export function openDeliveries(records: readonly TaskRecord[], limit: number): OpenDeliveries {
  let [pending, retrying, oldest] = [0, 0, Number.POSITIVE_INFINITY];
  const waiting = new Map<string, number>();
  for (const { task, deliveries } of records) {
    for (const [collector, { status }] of Object.entries(deliveries)) {
      if (status !== "pending" && status !== "retrying") continue;
      if (status === "pending") pending += 1;
      else retrying += 1;
      waiting.set(collector, (waiting.get(collector) ?? 0) + 1);
      if (task.reportedAt !== undefined) oldest = Math.min(oldest, timestampMs(task.reportedAt));
    }
  }
  const byCount = [...waiting].sort(([, a], [, b]) => b - a);
  return {
    tasks: records.length,
    isCutOff: records.length >= limit,
    pending,
    retrying,
    oldestAt: Number.isFinite(oldest) ? new Date(oldest).toISOString() : null,
    collectors: byCount.map(([name]) => name),
  };
}
