import { createContinuousProfilingService } from "./agent/continuous-profiling-service.ts";
import { type AwsClients, createAwsClients } from "./aws/clients.ts";
import { createQueue } from "./aws/queue.ts";
import { type SqsHandler, sqsBatchHandler } from "./aws/sqs-batch.ts";
import { createCollectorReader } from "./collectors/collector-reader.ts";
import { createCollectorStore } from "./collectors/collector-store.ts";
import type { Config } from "./config.ts";
import { errorText } from "./errors.ts";
import type { Logger } from "./log.ts";
import { type Metrics, noMetrics } from "./metrics.ts";
import { createNews } from "./news.ts";
import { createPolicyCache } from "./policies/policy-cache.ts";
import { createPolicyReader } from "./policies/policy-reader.ts";
import { createPolicyStore } from "./policies/policy-store.ts";
import { queueName, tableName } from "./resources.ts";
import { createTaskDispatcher } from "./tasks/task-dispatcher.ts";
import { createTaskForwarder } from "./tasks/task-forwarder.ts";
import { createTaskQueue } from "./tasks/task-queue.ts";
import { createTaskStore } from "./tasks/task-store.ts";

export type Services = ReturnType<typeof createServices>;

export interface ServicesOptions {
  config: Pick<Config, "stack" | "policyCacheMs" | "policyCacheEntries" | "maxServicesPerQuery" | "taskRetentionDays">;
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
  const policyStore = createPolicyStore({ documents, table: tableName(stack, "policies"), metrics, now });
  const taskStore = createTaskStore({
    documents,
    table: tableName(stack, "tasks"),
    retentionDays: config.taskRetentionDays,
    now,
  });
  const collectorStore = createCollectorStore(documents, tableName(stack, "collectors"));
  const collectors = createCollectorReader({ store: collectorStore, log, ttlMs: COLLECTORS_TTL_MS });
  const policyCache = createPolicyCache({
    read: createPolicyReader({ store: policyStore, log, metrics }),
    ttlMs: config.policyCacheMs,
    maxEntries: config.policyCacheEntries,
  });
  const dispatchTask = createTaskDispatcher({ taskStore, listCollectors: collectors.list, deliveries, metrics });
  const forwardDelivery = createTaskForwarder({ collectorStore, taskStore, stack, log, metrics });

  return {
    log,
    metrics,
    policyStore,
    taskStore,
    collectorStore,
    continuousProfiling: createContinuousProfilingService({
      policyCache,
      taskQueue: createTaskQueue(tasks),
      maxServicesPerQuery: config.maxServicesPerQuery,
      metrics,
      now,
    }),
    handlers: {
      tasks: sqsBatchHandler(log, dispatchTask),
      deliveries: sqsBatchHandler(log, forwardDelivery),
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
