import { loadConfig } from "../../shared/config.ts";
import { createLogger } from "../../shared/log.ts";
import { createServices } from "../../shared/services.ts";
import { createEmfMetrics } from "../emf-metrics.ts";
import { flushAfter } from "../flush-after.ts";

const config = loadConfig(process.env);
const metrics = createEmfMetrics({ stack: config.stack });
const services = createServices({ config, log: createLogger(config.logLevel), metrics });

/** Works off the tasks queue: records each task and profile once and sends a delivery to every collector that wants it. */
export const handler = flushAfter(services.handlers.tasks, metrics.flush);
