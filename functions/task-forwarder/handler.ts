import { loadConfig } from "../../shared/config.ts";
import { createLogger } from "../../shared/log.ts";
import { createServices } from "../../shared/services.ts";
import { createEmfMetrics } from "../emf-metrics.ts";
import { flushAfter } from "../flush-after.ts";

const config = loadConfig(process.env);
const metrics = createEmfMetrics({ stack: config.stack });
const services = createServices({ config, log: createLogger(config.logLevel), metrics });

/** Works off the deliveries queue: sends each event to its collector and notes on its record how that went. */
export const handler = flushAfter(services.handlers.deliveries, () => {
  // Forgotten at once, since another instance may see how these deliveries end.
  for (const [collector, seconds] of services.pendingDeliveries.takeOldest()) {
    metrics.observe("oldest_pending_delivery_seconds", seconds, { collector });
  }
  metrics.flush();
});
