import type { Config } from "../shared/config.ts";
import { createEmfMetrics } from "../shared/emf/emf-metrics.ts";
import type { Logger } from "../shared/log.ts";
import type { Metrics } from "../shared/metrics.ts";
import { createServices, type Services } from "../shared/services.ts";
import { type AgentPorts, GRACE_MS, openAgentPorts } from "./agent-ports.ts";
import { createPrometheusMetrics } from "./http/prometheus.ts";

/** CloudWatch keeps metrics by the minute. */
const EMF_EVERY_MS = 60_000;

/** The two agent ports over the engines of the AWS environment. */
export interface Serving {
  readonly ports: AgentPorts;
  readonly services: Services;
  /** Lets calls end, but not for long, and tells what was counted until then. */
  stop(): Promise<void>;
}

/**
 * Metrics are at /metrics; with the setting for it they also go to standard output, for CloudWatch.
 * @throws StartError if a port cannot be opened or a certificate file cannot be read; nothing listens then.
 */
export async function startServing(
  config: Config,
  log: Logger,
  options: { emfEveryMs?: number; writeEmf?: (line: string) => void } = {},
): Promise<Serving> {
  const { emfEveryMs = EMF_EVERY_MS, writeEmf } = options;
  const prometheus = createPrometheusMetrics();
  const emf = config.emf ? createEmfMetrics({ stack: config.stack, ...(writeEmf && { write: writeEmf }) }) : undefined;
  const services = createServices({ config, log, metrics: emf === undefined ? prometheus : inBoth(prometheus, emf) });
  const ports = await openAgentPorts(config, services, prometheus);
  const flushing = emf && setInterval(() => emf.flush(), emfEveryMs).unref();
  return {
    ports,
    services,
    async stop() {
      await ports.close(GRACE_MS);
      clearInterval(flushing);
      emf?.flush();
      services.close();
    },
  };
}

function inBoth(one: Metrics, other: Metrics): Metrics {
  return {
    count(name, labels, by) {
      one.count(name, labels, by);
      other.count(name, labels, by);
    },
    observe(name, value, labels) {
      one.observe(name, value, labels);
      other.observe(name, value, labels);
    },
  };
}
