import { loadConfig } from "../../shared/config.ts";
import { createLogger } from "../../shared/log.ts";
import { createServices } from "../../shared/services.ts";

const config = loadConfig(process.env);
const services = createServices({ config, log: createLogger(config.logLevel) });

/** Works off the deliveries queue: sends each event to its collector and notes on its record how that went. */
export const handler = services.handlers.deliveries;
