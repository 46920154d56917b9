import { loadConfig } from "../../shared/config.ts";
import { createLogger } from "../../shared/log.ts";
import { createServices } from "../../shared/services.ts";

const config = loadConfig(process.env);
const services = createServices({ config, log: createLogger(config.logLevel) });

/** Works off the tasks queue: records each task and profile once and sends a delivery to every collector that wants it. */
export const handler = services.handlers.tasks;
