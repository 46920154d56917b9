import type { ServiceImpl } from "@connectrpc/connect";
import { v7 as uuidv7 } from "uuid";
import type { TakeReport } from "../access/report-limit.ts";
import { callerOf } from "../access/scope.ts";
import type { ScopeFilter } from "../access/scope-filter.ts";
import { PermissionDenied } from "../errors.ts";
import type { ContinuousProfilingService } from "../gen/ebpf/profiling/Continuous_pb.js";
import type { Metrics } from "../metrics.ts";
import type { PolicyCache } from "../policies/policy-cache.ts";
import type { ReportMemory } from "../tasks/report-memory.ts";
import { targetName, taskFromReport } from "../tasks/task.ts";
import type { TaskNameLookup } from "../tasks/task-names.ts";
import type { TaskQueue } from "../tasks/task-queue.ts";
import { command } from "./command.ts";
import { createPolicyQueries } from "./policy-queries.ts";

/** Serves agents: policies out, reported tasks in. */
export function createContinuousProfilingService(options: {
  policyCache: PolicyCache;
  scopeFilter: ScopeFilter;
  takeReport: TakeReport;
  taskQueue: Pick<TaskQueue, "sendTask">;
  taskNames: Pick<TaskNameLookup, "remember">;
  reportMemory: ReportMemory;
  maxServicesPerQuery: number;
  metrics: Metrics;
  now?: () => number;
}): ServiceImpl<typeof ContinuousProfilingService> {
  const { scopeFilter, takeReport, taskQueue, taskNames, reportMemory, metrics, now = Date.now } = options;
  return {
    ...createPolicyQueries(options),

    async reportProfilingTask(report, context) {
      const caller = callerOf(context);
      takeReport(caller);
      if (!scopeFilter.allows(caller, "reportProfilingTask", report.serviceName)) {
        throw new PermissionDenied(`this token may not report for service ${report.serviceName.slice(0, 256)}`);
      }
      const reportedAt = now();
      const task = taskFromReport(report, { taskId: uuidv7({ msecs: reportedAt }), reportedAt });
      const { taskId, isFirst } = await reportMemory.once(task, async () => {
        await taskQueue.sendTask(task); // from here on the report is safe
        taskNames.remember(task);
      });
      if (isFirst) metrics.count("reports_total", { target: targetName(task) });
      else metrics.count("duplicate_reports_total");
      // Exactly one command: an empty answer crashes the agent.
      return command("ContinuousProfilingReportTask", "TaskId", taskId);
    },
  };
}
