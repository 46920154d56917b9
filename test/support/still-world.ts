import { type AgentPorts, openAgentPorts } from "../../server/agent-ports.ts";
import { createGrpcCaller, type GrpcCaller } from "../../server/demo/grpc-caller.ts";
import { createPrometheusMetrics } from "../../server/http/prometheus.ts";
import { reachableAt } from "../../server/listening.ts";
import { withLoopback } from "../../server/local/local-aws.ts";
import { type LocalEngines, startLocalEngines } from "../../server/local/local-engines.ts";
import { type AwsOptions, createAwsClients } from "../../shared/aws/clients.ts";
import { type Config, loadConfig } from "../../shared/config.ts";
import { createLogger } from "../../shared/log.ts";
import { type QueueId, queueName } from "../../shared/resources.ts";
import { createServices, type Services } from "../../shared/services.ts";
import type { Settings } from "../../shared/settings.ts";
import { type Bucket, openBucket } from "./bucket.ts";
import { receiveAll } from "./receive-all.ts";
import { sqsEvent } from "./sqs-event.ts";
import { FREE_PORTS, temporaryFolder } from "./world.ts";

/** A world in which nobody polls the queues but the test. */
export interface StillWorld {
  readonly config: Config;
  readonly engines: LocalEngines;
  readonly services: Services;
  readonly ports: AgentPorts;
  readonly grpc: GrpcCaller;
  readonly grpcUrl: string;
  readonly httpUrl: string;
  readonly bucket: Bucket;
  /** Every log line so far. */
  readonly log: readonly Record<string, unknown>[];
  /** Takes messages off a queue, and waits for `least` of them. */
  take(queue: QueueId, least: number): Promise<string[]>;
  /** Hands messages to their handler. @returns the numbers of those that failed. */
  handle(queue: QueueId, bodies: readonly string[]): Promise<number[]>;
  /** What /metrics counts under this name, over all labels that are not named; `name{label="value"` names some. */
  counted(counter: string): Promise<number>;
  stop(): Promise<void>;
}

export async function startStillWorld(
  settings: Settings = {},
  /** Where the services look for the engines, if not right there. */
  reach: (engines: LocalEngines) => AwsOptions | Promise<AwsOptions> = () => ({}),
): Promise<StillWorld> {
  const folder = await temporaryFolder();
  const config = loadConfig(FREE_PORTS, { FLASHPOINT_DATA_DIR: folder.path, FLASHPOINT_LOG_LEVEL: "debug" }, settings);
  const engines = await startLocalEngines(config);
  const log: Record<string, unknown>[] = [];
  const metrics = createPrometheusMetrics();
  const services = createServices({
    config: withLoopback(config),
    log: createLogger(config.logLevel, { write: (line) => log.push(JSON.parse(line)) }),
    metrics,
    aws: createAwsClients({ ...engines.aws, ...(await reach(engines)) }),
  });
  const ports = await openAgentPorts(config, services, metrics);
  const grpc = createGrpcCaller(reachableAt(ports.grpc));
  const bucket = openBucket(config, engines);
  return {
    config,
    engines,
    services,
    ports,
    grpc,
    grpcUrl: `http://${reachableAt(ports.grpc)}`,
    httpUrl: `http://${reachableAt(ports.http)}`,
    bucket,
    log,
    take: (queue, least) => receiveAll(engines.aws, queueName(config.stack, queue), least),
    async handle(queue, bodies) {
      const { batchItemFailures } = await services.handlers[queue](sqsEvent(bodies));
      return batchItemFailures.map(({ itemIdentifier }) => Number(itemIdentifier.replace("message-", "")));
    },
    async counted(counter) {
      const lines = (await metrics.registry.metrics()).split("\n").filter((line) => line.startsWith(counter));
      return lines.reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(" "))), 0);
    },
    async stop() {
      grpc.close();
      bucket.close();
      await ports.close(1_000);
      services.close();
      await engines.close();
      await folder.remove();
    },
  };
}
