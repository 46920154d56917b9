import { type AwsClients, createAwsClients } from "../aws/clients.ts";
import { createQueue, type Queue } from "../aws/queue.ts";
import type { Config } from "../config.ts";
import type { Logger } from "../log.ts";
import { type Metrics, noMetrics } from "../metrics.ts";
import { type QueueId, queueName } from "../resources.ts";

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
    | "requireToken"
    | "reportsPerMinute"
    | "retrySchedule"
    | "collectorNetworks"
  >;
  log: Logger;
  metrics?: Metrics;
  aws?: AwsClients;
  /** Milliseconds since the epoch. */
  now?: () => number;
}

/** What all services are made of; one for a process. */
export type Basis = Required<ServicesOptions> & { queues: Record<QueueId, Queue> };

/** Opens no connection. */
export function createBasis(options: ServicesOptions): Basis {
  const { config, log, metrics = noMetrics, aws = createAwsClients(), now = Date.now } = options;
  const queueOf = (id: QueueId): Queue => createQueue(aws.sqs, queueName(config.stack, id));
  return { config, log, metrics, aws, now, queues: { tasks: queueOf("tasks"), deliveries: queueOf("deliveries") } };
}
