import { loadConfig } from "../../shared/config.ts";
import { createEmfMetrics } from "../../shared/emf/emf-metrics.ts";
import { createBasis } from "../../shared/services/basis.ts";
import { createDeliveryStores } from "../../shared/services/delivery-stores.ts";
import { createDispatcherServices } from "../../shared/services/dispatcher-services.ts";
import { flushAfter } from "../flush-after.ts";
import { createFunctionLog } from "../function-log.ts";

const config = loadConfig(process.env);
const metrics = createEmfMetrics({ stack: config.stack });
const { log, written } = createFunctionLog(config.logLevel);
const basis = createBasis({ config, log, metrics });
const services = createDispatcherServices(basis, createDeliveryStores(basis));

/** Works off the tasks queue: records each task and profile once and sends a delivery to every collector that wants it. */
export const handler = flushAfter(services.handler, metrics.flush, { settled: written });
