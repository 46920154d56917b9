import { timestampMs } from "@bufbuild/protobuf/wkt";
import { LRUCache } from "lru-cache";
import type { ProfilingTask } from "../gen/flashpoint/v1/task_pb.js";
import { lazily } from "../lazily.ts";
import { isSameReport, reportFingerprint } from "./report-fingerprint.ts";

/** Remembers for a minute what this process accepted, so that the same report again gets the same answer. */
export interface ReportMemory {
  /**
   * Accepts a report, unless it was accepted before or just is: then it waits for that and shares how it ends.
   * @param accept resolves once the report is safe. If it fails, the report was not accepted, and the next try counts.
   * @returns the id of the task that the report became; not this task's if it came before.
   */
  once(task: ProfilingTask, accept: () => Promise<void>): Promise<{ taskId: string; isFirst: boolean }>;
}

/** Reports remembered at most, under 4 MB. One forgotten becomes a task of its own id, which the dispatcher finds out. */
const MAX_REPORTS = 10_000;

interface AcceptedReport {
  taskId: string;
  reportedAt: number;
  accepted: Promise<void>;
}

export function createReportMemory({ maxReports = MAX_REPORTS } = {}): ReportMemory {
  const known = lazily(() => new LRUCache<string, AcceptedReport>({ max: maxReports }));

  return {
    async once(task, accept) {
      const { taskId } = task;
      const reportedAt = task.reportedAt === undefined ? 0 : timestampMs(task.reportedAt);
      const fingerprint = reportFingerprint(task);
      const first = known().get(fingerprint);
      if (first !== undefined && isSameReport(first.reportedAt, reportedAt)) {
        await first.accepted;
        return { taskId: first.taskId, isFirst: false };
      }
      const report = { taskId, reportedAt, accepted: accept() };
      known().set(fingerprint, report);
      try {
        await report.accepted;
      } catch (error) {
        if (known().peek(fingerprint) === report) known().delete(fingerprint);
        throw error;
      }
      return { taskId, isFirst: true };
    },
  };
}
