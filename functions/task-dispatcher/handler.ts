import { loadConfig } from "../../shared/config.ts";
import { createEmfMetrics } from "../../shared/emf/emf-metrics.ts";
import { standardOutput } from "../../shared/emf/standard-output.ts";
import { createLogger } from "../../shared/log.ts";
import { createBasis } from "../../shared/services/basis.ts";
import { createDeliveryStores } from "../../shared/services/delivery-stores.ts";
import { createDispatcherServices } from "../../shared/services/dispatcher-services.ts";
import { flushAfter } from "../flush-after.ts";

const config = loadConfig(process.env);
const metrics = createEmfMetrics({ stack: config.stack });
const basis = createBasis({ config, log: createLogger(config.logLevel, standardOutput), metrics });
const services = createDispatcherServices(basis, createDeliveryStores(basis));

/** Works off the tasks queue: records each task and profile once and sends a delivery to every collector that wants it. */
export const handler = flushAfter(services.handler, metrics.flush);
