import { createAgentRegistry } from "./agent/agent-registry.ts";
import { createAgentStore } from "./agent/agent-store.ts";
import { createContinuousProfilingService } from "./agent/continuous-profiling-service.ts";
import { createMeasuredValues } from "./agent/measured-values.ts";
import { createMeterService } from "./agent/meter-service.ts";
import { createProcessService } from "./agent/process-service.ts";
import { createProfilingService } from "./agent/profiling-service.ts";
import { type AwsClients, createAwsClients } from "./aws/clients.ts";
import { createQueue } from "./aws/queue.ts";
import { type SqsHandler, sqsBatchHandler } from "./aws/sqs-batch.ts";
import { createCollectorReader } from "./collectors/collector-reader.ts";
import { createCollectorStore } from "./collectors/collector-store.ts";
import type { Config } from "./config.ts";
import { createDispatcher } from "./deliveries/dispatcher.ts";
import { createForwarder } from "./deliveries/forwarder.ts";
import { errorText } from "./errors.ts";
import type { Logger } from "./log.ts";
import { type Metrics, noMetrics } from "./metrics.ts";
import { createNews } from "./news.ts";
import { createPolicyCache } from "./policies/policy-cache.ts";
import { createPolicyReader } from "./policies/policy-reader.ts";
import { createPolicyStore } from "./policies/policy-store.ts";
import { createProfileIntake } from "./profiles/profile-intake.ts";
import { createProfileStorage } from "./profiles/profile-storage.ts";
import { createProfileStore } from "./profiles/profile-store.ts";
import { deadLetterQueueName, queueName, tableName } from "./resources.ts";
import { createTaskNameLookup } from "./tasks/task-names.ts";
import { createTaskQueue } from "./tasks/task-queue.ts";
import { createTaskStore } from "./tasks/task-store.ts";

export type Services = ReturnType<typeof createServices>;

export interface ServicesOptions {
  config: Pick<
    Config,
    | "stack"
    | "policyCacheMs"
    | "policyCacheEntries"
    | "maxServicesPerQuery"
    | "taskRetentionDays"
    | "profileBucket"
    | "profileRetentionDays"
    | "profileLinkSeconds"
    | "onCpuPeriodMicros"
    | "retrySchedule"
  >;
  log: Logger;
  metrics?: Metrics;
  aws?: AwsClients;
  /** Milliseconds since the epoch. */
  now?: () => number;
}

/** How long the list of collectors is remembered. */
const COLLECTORS_TTL_MS = 2_000;

/** Everything that a host can serve, put together by hand, once. Opens no connection and starts nothing. */
export function createServices(options: ServicesOptions) {
  const { config, log, metrics = noMetrics, aws = createAwsClients(), now = Date.now } = options;
  const { stack } = config;
  const news = createNews();
  const { documents, sqs } = aws;
  const tasks = createQueue(sqs, queueName(stack, "tasks"));
  const deliveries = createQueue(sqs, queueName(stack, "deliveries"));
  const deadTasks = createQueue(sqs, deadLetterQueueName(stack, "tasks"));
  const deadDeliveries = createQueue(sqs, deadLetterQueueName(stack, "deliveries"));
  const policyStore = createPolicyStore({ documents, table: tableName(stack, "policies"), metrics, now });
  const taskStore = createTaskStore({
    documents,
    table: tableName(stack, "tasks"),
    retentionDays: config.taskRetentionDays,
    now,
  });
  const taskNames = createTaskNameLookup(taskStore);
  const taskQueue = createTaskQueue(tasks);
  const profileStore = createProfileStore({
    documents,
    table: tableName(stack, "profiles"),
    retentionDays: config.profileRetentionDays,
    now,
  });
  const profileStorage = createProfileStorage({
    s3: aws.s3,
    bucket: config.profileBucket,
    linkSeconds: config.profileLinkSeconds,
    now,
  });
  const measured = createMeasuredValues({ now });
  const agentStore = createAgentStore({ documents, table: tableName(stack, "agents"), metrics, now });
  const agentRegistry = createAgentRegistry({ store: agentStore, measured, log, now });
  const collectorStore = createCollectorStore(documents, tableName(stack, "collectors"));
  const collectors = createCollectorReader({ store: collectorStore, log, ttlMs: COLLECTORS_TTL_MS });
  const policyCache = createPolicyCache({
    read: createPolicyReader({ store: policyStore, log, metrics }),
    ttlMs: config.policyCacheMs,
    maxEntries: config.policyCacheEntries,
  });
  const collectProfiles = createProfileIntake({
    storage: profileStorage,
    taskNames,
    processNames: agentRegistry.processNames,
    taskQueue,
    periodNanos: config.onCpuPeriodMicros * 1_000,
    log,
    metrics,
    now,
  });
  const listCollectors = collectors.list;
  const dispatch = createDispatcher({ taskStore, profileStore, listCollectors, deliveries, metrics });
  const forward = createForwarder({
    collectorStore,
    taskStore,
    profileStore,
    profileStorage,
    retrySchedule: config.retrySchedule,
    stack,
    log,
    metrics,
  });

  return {
    log,
    metrics,
    policyStore,
    taskStore,
    profileStore,
    profileStorage,
    collectorStore,
    agentStore,
    agentRegistry,
    measured,
    continuousProfiling: createContinuousProfilingService({
      policyCache,
      taskQueue,
      taskNames,
      maxServicesPerQuery: config.maxServicesPerQuery,
      metrics,
      now,
    }),
    profiling: createProfilingService(collectProfiles),
    processes: createProcessService({ registry: agentRegistry }),
    meters: createMeterService({ measured, now }),
    handlers: {
      tasks: sqsBatchHandler({ work: dispatch, queue: tasks, deadLetters: deadTasks, log }),
      deliveries: sqsBatchHandler({ work: forward, queue: deliveries, deadLetters: deadDeliveries, log }),
    } satisfies Record<string, SqsHandler>,
    /** @throws Unavailable if DynamoDB or SQS cannot be used; a change of reason is logged. */
    async checkEngines(): Promise<void> {
      try {
        await Promise.all([policyStore.get("readiness"), tasks.check()]);
        news.forget("engines");
      } catch (error) {
        if (news.isNew("engines", errorText(error))) log.warn({ err: error }, "engines cannot be used");
        throw error;
      }
    },
    close: () => aws.destroy(),
  };
}
