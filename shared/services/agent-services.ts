import { createReportLimit } from "../access/report-limit.ts";
import { createAgentRegistry } from "../agent/agent-registry.ts";
import { createAgentStore } from "../agent/agent-store.ts";
import { createContinuousProfilingService } from "../agent/continuous-profiling-service.ts";
import { createMeasuredValues } from "../agent/measured-values.ts";
import { createMeterService } from "../agent/meter-service.ts";
import { createProcessService } from "../agent/process-service.ts";
import { createProfilingService } from "../agent/profiling-service.ts";
import { createReportBudget } from "../agent/report-budget.ts";
import { errorText } from "../errors.ts";
import { createNews } from "../news.ts";
import { createProfileIntake } from "../profiles/profile-intake.ts";
import { createProfileWriter } from "../profiles/profile-writer.ts";
import { tableName } from "../resources.ts";
import { createBudgetStore } from "../tasks/budget-store.ts";
import { createReportMemory } from "../tasks/report-memory.ts";
import { createTaskNameLookup } from "../tasks/task-names.ts";
import { createTaskQueue } from "../tasks/task-queue.ts";
import { createTriggerBudget } from "../tasks/trigger-budget.ts";
import type { Basis } from "./basis.ts";
import { createPollServices } from "./poll-services.ts";
import type { TaskStores } from "./task-stores.ts";

/**
 * What agents call.
 * @param pollServices what polls take, if that is there already.
 */
export function createAgentServices(
  basis: Basis,
  { taskStore, reportStore }: TaskStores,
  pollServices = createPollServices({ ...basis, documents: basis.aws.documents }),
) {
  const { config, log, metrics, aws, now, queues } = basis;
  const { documents } = aws;
  const { policyStore, policyCache, tokenStore, checkToken, scopeFilter } = pollServices;
  const news = createNews();
  const taskNames = createTaskNameLookup({ taskStore, reportStore });
  const taskQueue = createTaskQueue(queues.tasks);
  const budgetStore = createBudgetStore({ documents, table: tableName(config.stack, "budgets"), now });
  const triggerBudget = createTriggerBudget({ store: budgetStore, now });
  const measured = createMeasuredValues({ now });
  const agentStore = createAgentStore({ documents, table: tableName(config.stack, "agents"), metrics, now });
  const agentRegistry = createAgentRegistry({ store: agentStore, measured, log, now });
  const profileWriter = createProfileWriter({ s3: aws.s3Sender, bucket: config.profileBucket });
  const collectProfiles = createProfileIntake({
    storage: profileWriter,
    taskNames,
    processNames: agentRegistry.processNames,
    taskQueue,
    scopeFilter,
    periodNanos: config.onCpuPeriodMicros * 1_000,
    log,
    metrics,
    now,
  });

  return {
    log,
    metrics,
    policyStore,
    budgetStore,
    tokenStore,
    checkToken,
    profileWriter,
    agentStore,
    agentRegistry,
    measured,
    continuousProfiling: createContinuousProfilingService({
      policyCache,
      scopeFilter,
      takeReport: createReportLimit({ perMinute: config.reportsPerMinute, now }),
      taskQueue,
      taskNames,
      reportMemory: createReportMemory(),
      reportBudget: createReportBudget({ policyCache, triggerBudget, log, metrics }),
      maxServicesPerQuery: config.maxServicesPerQuery,
      metrics,
      now,
    }),
    profiling: createProfilingService(collectProfiles),
    processes: createProcessService({ registry: agentRegistry, scopeFilter }),
    meters: createMeterService({ measured, scopeFilter, now }),
    /** @throws Unavailable if DynamoDB or SQS cannot be used; a change of reason is logged. */
    async checkEngines(): Promise<void> {
      try {
        // Reads as polls do, which is all that a host may have a right to.
        await Promise.all([policyStore.getMany(["readiness"]), queues.tasks.check()]);
        news.forget("engines");
      } catch (error) {
        if (news.isNew("engines", errorText(error))) log.warn({ err: error }, "engines cannot be used");
        throw error;
      }
    },
  };
}
