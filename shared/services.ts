import { createAgentRegistry } from "./agent/agent-registry.ts";
import { createAgentStore } from "./agent/agent-store.ts";
import { createContinuousProfilingService } from "./agent/continuous-profiling-service.ts";
import { createMeasuredValues } from "./agent/measured-values.ts";
import { createMeterService } from "./agent/meter-service.ts";
import { createProcessService } from "./agent/process-service.ts";
import { createProfilingService } from "./agent/profiling-service.ts";
import { type AwsClients, createAwsClients } from "./aws/clients.ts";
import { createQueue } from "./aws/queue.ts";
import { createSecretReader } from "./aws/secret-reader.ts";
import { type SqsHandler, sqsBatchHandler } from "./aws/sqs-batch.ts";
import { createCollectorLookup } from "./collectors/collector-lookup.ts";
import { createCollectorReader } from "./collectors/collector-reader.ts";
import { createCollectorStore } from "./collectors/collector-store.ts";
import { createHealthRecorder } from "./collectors/health-recorder.ts";
import { createSecretResolver } from "./collectors/resolve-secrets.ts";
import type { Config } from "./config.ts";
import { createCollectorWatch } from "./deliveries/collector-watch.ts";
import { createDeliveryQueue } from "./deliveries/delivery-queue.ts";
import { createDispatcher } from "./deliveries/dispatcher.ts";
import { createForwarder } from "./deliveries/forwarder.ts";
import { createLanes } from "./deliveries/lanes.ts";
import { createPendingDeliveries } from "./deliveries/pending-deliveries.ts";
import { createEgress } from "./egress/egress.ts";
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
import { createReportMemory } from "./tasks/report-memory.ts";
import { createReportStore } from "./tasks/report-store.ts";
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
    | "collectorNetworks"
  >;
  log: Logger;
  metrics?: Metrics;
  aws?: AwsClients;
  /** Milliseconds since the epoch. */
  now?: () => number;
}

/** How long the list of collectors, and a collector in use, is remembered. */
const COLLECTORS_TTL_MS = 2_000;
/** Of how many pending deliveries the age is known. */
const MAX_PENDING_DELIVERIES = 50_000;

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
  const reportStore = createReportStore({ documents, table: tableName(stack, "reports"), now });
  const taskNames = createTaskNameLookup({ taskStore, reportStore });
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
  const deliveryQueue = createDeliveryQueue(deliveries);
  const dispatch = createDispatcher({ reportStore, taskStore, profileStore, listCollectors, deliveryQueue, metrics });
  const egress = createEgress({ networks: config.collectorNetworks });
  const collectorHealth = createHealthRecorder({ documents, table: tableName(stack, "collectors"), now });
  const collectorLookup = createCollectorLookup({ store: collectorStore, ttlMs: COLLECTORS_TTL_MS });
  const pendingDeliveries = createPendingDeliveries({ now, maxEntries: MAX_PENDING_DELIVERIES });
  const secretReader = createSecretReader({ now });
  const resolveSecrets = createSecretResolver(secretReader);
  const forward = createForwarder({
    collectorLookup,
    resolveSecrets,
    watchCollector: createCollectorWatch({ health: collectorHealth, lookup: collectorLookup, log, metrics, now }),
    lanes: createLanes(),
    pending: pendingDeliveries,
    taskStore,
    profileStore,
    profileStorage,
    retrySchedule: config.retrySchedule,
    sendContext: { stack, egress },
    log,
    metrics,
    now,
  });

  return {
    log,
    metrics,
    policyStore,
    reportStore,
    taskStore,
    profileStore,
    profileStorage,
    collectorStore,
    collectorHealth,
    deliveryQueue,
    resolveSecrets,
    agentStore,
    agentRegistry,
    measured,
    pendingDeliveries,
    continuousProfiling: createContinuousProfilingService({
      policyCache,
      taskQueue,
      taskNames,
      reportMemory: createReportMemory(),
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
    egress,
    close() {
      egress.close();
      secretReader.close();
      aws.destroy();
    },
  };
}
