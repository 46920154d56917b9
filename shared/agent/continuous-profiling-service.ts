import type { ServiceImpl } from "@connectrpc/connect";
import { v7 as uuidv7 } from "uuid";
import { callerOf } from "../access/caller.ts";
import type { TakeReport } from "../access/report-limit.ts";
import type { ScopeFilter } from "../access/scope-filter.ts";
import { LimitExceeded, PermissionDenied } from "../errors.ts";
import type { ContinuousProfilingService } from "../gen/ebpf/profiling/Continuous_pb.js";
import type { ProfilingTask } from "../gen/flashpoint/v1/task_pb.js";
import type { Metrics } from "../metrics.ts";
import type { PolicyCache } from "../policies/policy-cache.ts";
import type { ReportMemory } from "../tasks/report-memory.ts";
import { targetName, taskFromReport } from "../tasks/task.ts";
import type { TaskNameLookup } from "../tasks/task-names.ts";
import type { TaskQueue } from "../tasks/task-queue.ts";
import { command } from "./command.ts";
import { createPolicyQueries } from "./policy-queries.ts";
import type { ReportBudget } from "./report-budget.ts";

/** What a report may take, so that it and what is to be undone of it fit into the agent's 3 s. */
const REPORT_MS = 2_300;
/** What SQS gets at least: a process that was busy itself has not waited for engines. */
const LEAST_SEND_MS = 500;

/** Serves agents: policies out, reported tasks in. */
export function createContinuousProfilingService(options: {
  policyCache: PolicyCache;
  scopeFilter: ScopeFilter;
  takeReport: TakeReport;
  taskQueue: Pick<TaskQueue, "sendTask">;
  taskNames: Pick<TaskNameLookup, "remember">;
  reportMemory: ReportMemory;
  reportBudget: ReportBudget;
  maxServicesPerQuery: number;
  metrics: Metrics;
  now?: () => number;
}): ServiceImpl<typeof ContinuousProfilingService> {
  const {
    scopeFilter,
    takeReport,
    taskQueue,
    taskNames,
    reportMemory,
    reportBudget,
    metrics,
    now = Date.now,
  } = options;

  /** @throws LimitExceeded, Unavailable: the report was not accepted. */
  async function accept(task: ProfilingTask): Promise<void> {
    const startedAt = performance.now();
    const leave = await enterBudget(task);
    const leftMs = REPORT_MS - Math.round(performance.now() - startedAt);
    try {
      await taskQueue.sendTask(task, Math.max(leftMs, LEAST_SEND_MS)); // from here on the report is safe
    } catch (error) {
      await leave(); // even if SQS has it: the agent hears no, and does not profile
      throw error;
    }
    taskNames.remember(task);
  }

  async function enterBudget(task: ProfilingTask): Promise<() => Promise<void>> {
    try {
      return await reportBudget.enter(task);
    } catch (error) {
      if (error instanceof LimitExceeded) metrics.count("reports_over_budget_total", { target: targetName(task) });
      throw error;
    }
  }

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
      const { taskId, isFirst } = await reportMemory.once(task, () => accept(task));
      if (isFirst) metrics.count("reports_total", { target: targetName(task) });
      else metrics.count("duplicate_reports_total");
      // Exactly one command: an empty answer crashes the agent.
      return command("ContinuousProfilingReportTask", "TaskId", taskId);
    },
  };
}
