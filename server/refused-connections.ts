import type { Logger } from "../shared/log.ts";
import type { Metrics } from "../shared/metrics.ts";

/** How long further refusals are passed over in the log once one was told. */
const LOG_MS = 10_000;

/** Counts the connections that a port refused because it has as many as it may, and says so in the log once in a while. */
export function countRefusedConnections(
  port: "grpc" | "http",
  maxConnections: number,
  { log, metrics }: { log: Logger; metrics: Metrics },
): () => void {
  let loggedAt = Number.NEGATIVE_INFINITY;
  let passedOver = 0;
  return () => {
    metrics.count("connections_refused_total", { port });
    if (performance.now() - loggedAt < LOG_MS) {
      passedOver++;
      return;
    }
    log.warn(
      { port, maxConnections, passedOver },
      "connection refused: there are as many as FLASHPOINT_MAX_CONNECTIONS",
    );
    loggedAt = performance.now();
    passedOver = 0;
  };
}
