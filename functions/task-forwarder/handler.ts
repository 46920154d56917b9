import { loadConfig } from "../../shared/config.ts";
import { createEmfMetrics } from "../../shared/emf/emf-metrics.ts";
import { createBasis } from "../../shared/services/basis.ts";
import { createDeliveryStores } from "../../shared/services/delivery-stores.ts";
import { createForwarderServices } from "../../shared/services/forwarder-services.ts";
import { flushAfter } from "../flush-after.ts";
import { createFunctionLog } from "../function-log.ts";

const config = loadConfig(process.env);
const metrics = createEmfMetrics({ stack: config.stack });
const { log, written } = createFunctionLog(config.logLevel);
const basis = createBasis({ config, log, metrics });
const services = createForwarderServices(basis, createDeliveryStores(basis));

/** Works off the deliveries queue: sends each event to its collector and notes on its record how that went. */
export const handler = flushAfter(services.handler, flush, { settled: written });

function flush(): void {
  // Forgotten at once, since another instance may see how these deliveries end.
  for (const [collector, seconds] of services.pendingDeliveries.takeOldest()) {
    metrics.observe("oldest_pending_delivery_seconds", seconds, { collector });
  }
  metrics.flush();
}
