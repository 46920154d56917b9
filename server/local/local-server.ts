import { setTimeout as delay } from "node:timers/promises";
import { S3Client } from "@aws-sdk/client-s3";
import { SQSClient } from "@aws-sdk/client-sqs";
import { createAwsClients } from "../../shared/aws/clients.ts";
import type { Config } from "../../shared/config.ts";
import type { Logger } from "../../shared/log.ts";
import { QUEUES, type QueueId, queueName } from "../../shared/resources.ts";
import { createServices, type Services } from "../../shared/services.ts";
import { type AgentPorts, GRACE_MS, openAgentPorts } from "../agent-ports.ts";
import { createPrometheusMetrics } from "../http/prometheus.ts";
import { startExpiry } from "./expiry.ts";
import { withLoopback } from "./local-aws.ts";
import { type LocalEngines, startLocalEngines } from "./local-engines.ts";
import { type QueuePoller, startQueuePoller } from "./queue-poller.ts";

/** All of Flashpoint in one process. */
export interface LocalServer {
  readonly ports: AgentPorts;
  readonly engines: LocalEngines;
  readonly services: Services;
  /** Lets calls and batches end, but not for long, and leaves nothing open. A batch cut off comes again later. */
  stop(): Promise<void>;
}

/**
 * Messages in hand at once. A delivery mostly waits for its collector; dispatching is the engines' work, and more of it
 * at once than they get done in time only fails.
 */
const IN_HAND = { tasks: 20, deliveries: 100 } satisfies Record<QueueId, number>;
/** How long a poller's receive may take; it waits for messages on purpose. */
const RECEIVE_TIMEOUT_MS = 10_000;

/** @throws StartError if a port or the data folder cannot be had; nothing is left running then. */
export async function startLocalServer(
  config: Config,
  log: Logger,
  options: { now?: () => number; monotonicNow?: () => number } = {},
): Promise<LocalServer> {
  const engines = await startLocalEngines(config);
  const metrics = createPrometheusMetrics();
  const aws = createAwsClients(engines.aws);
  const services = createServices({ config: withLoopback(config), log, metrics, aws, ...options });
  const sqs = new SQSClient({
    endpoint: engines.aws.sqsEndpoint,
    region: engines.aws.region,
    credentials: engines.aws.credentials,
    requestHandler: { requestTimeout: RECEIVE_TIMEOUT_MS, throwOnRequestTimeout: true },
  });
  const s3 = new S3Client(aws.s3Config);
  const expiry = startExpiry({ config, aws, s3, log, now: options.now ?? Date.now });
  const closeEngines = async (): Promise<void> => {
    await expiry.stop();
    sqs.destroy();
    s3.destroy();
    services.close();
    await engines.close();
  };

  let ports: AgentPorts;
  try {
    ports = await openAgentPorts(config, services, metrics);
  } catch (error) {
    await closeEngines();
    throw error;
  }
  const pollers = Object.entries(services.handlers).map(
    ([id, handler]): QueuePoller =>
      startQueuePoller({
        sqs,
        queue: queueName(config.stack, id as QueueId),
        definition: QUEUES[id as QueueId],
        maxInHand: IN_HAND[id as QueueId],
        handler,
        log,
      }),
  );

  return {
    ports,
    engines,
    services,
    async stop() {
      const batches = Promise.all(pollers.map((poller) => poller.stop()));
      await Promise.all([ports.close(GRACE_MS), Promise.race([batches, delay(GRACE_MS, undefined, { ref: false })])]);
      await closeEngines();
    },
  };
}
