import { create } from "@bufbuild/protobuf";
import type { ServiceImpl } from "@connectrpc/connect";
import { v7 as uuidv7 } from "uuid";
import { LimitExceeded } from "../errors.ts";
import { type Commands, CommandsSchema } from "../gen/common/Common_pb.js";
import type { ContinuousProfilingService } from "../gen/ebpf/profiling/Continuous_pb.js";
import type { Metrics } from "../metrics.ts";
import type { PolicyCache, PolicyLookup } from "../policies/policy-cache.ts";
import type { ReportMemory } from "../tasks/report-memory.ts";
import { targetName, taskFromReport } from "../tasks/task.ts";
import type { TaskNameLookup } from "../tasks/task-names.ts";
import type { TaskQueue } from "../tasks/task-queue.ts";
import { type AskedService, answerPoll, firstMentions } from "./policy-answer.ts";
import { isResendDue } from "./resend-slot.ts";

/** Serves agents: policies out, reported tasks in. */
export function createContinuousProfilingService(options: {
  policyCache: PolicyCache;
  taskQueue: Pick<TaskQueue, "sendTask">;
  taskNames: Pick<TaskNameLookup, "remember">;
  reportMemory: ReportMemory;
  maxServicesPerQuery: number;
  metrics: Metrics;
  now?: () => number;
}): ServiceImpl<typeof ContinuousProfilingService> {
  const { policyCache, taskQueue, taskNames, reportMemory, maxServicesPerQuery, metrics, now = Date.now } = options;
  function answer(asked: readonly AskedService[], lookups: readonly PolicyLookup[]): Commands {
    const at = now();
    const { services, reasons } = answerPoll(asked, lookups, (serviceName) => isResendDue(serviceName, at));
    metrics.count("policy_polls_total");
    if (services.length === 0) return NO_COMMANDS;
    for (const reason of reasons) metrics.count("policy_answers_total", { reason });
    // One command in all: an agent drops an answer that holds two.
    return command("ContinuousProfilingPolicyQuery", "ServiceWithPolicyJSON", `[${services.join(",")}]`);
  }

  return {
    queryPolicies({ policies }) {
      const asked = firstMentions(policies);
      if (asked.length > maxServicesPerQuery) {
        throw new LimitExceeded(`query names ${asked.length} services; at most ${maxServicesPerQuery} fit into one`);
      }
      const lookups = policyCache.lookUp(asked.map(({ serviceName }) => serviceName));
      // No detour over a promise for what is known already: polls come by the thousand.
      return lookups instanceof Promise ? lookups.then((found) => answer(asked, found)) : answer(asked, lookups);
    },

    async reportProfilingTask(report) {
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

const NO_COMMANDS: Commands = create(CommandsSchema);

function command(name: string, key: string, value: string): Commands {
  return create(CommandsSchema, { commands: [{ command: name, args: [{ key, value }] }] });
}
