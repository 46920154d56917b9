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
  /** Milliseconds that only ever grow: for how long what was read of policies is remembered. */
  monotonicNow?: () => number;
}

/** What all services are made of; one for a process. */
export type Basis = Required<ServicesOptions> & { queues: Record<QueueId, Queue> };

/** Opens no connection. */
export function createBasis(options: ServicesOptions): Basis {
  const { config, log, metrics = noMetrics, aws = createAwsClients(), now = Date.now } = options;
  const { monotonicNow = () => performance.now() } = options;
  const queueOf = (id: QueueId): Queue => createQueue(aws.sqs, queueName(config.stack, id));
  const queues = { tasks: queueOf("tasks"), deliveries: queueOf("deliveries") };
  return { config, log, metrics, aws, now, monotonicNow, queues };
}
