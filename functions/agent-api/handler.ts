import { loadConfig } from "../../shared/config.ts";
import { createLogger } from "../../shared/log.ts";
import { routes } from "../../shared/routes.ts";
import { createUniversalHandler } from "../../shared/rpc/universal-handler.ts";
import { createServices } from "../../shared/services.ts";
import { createFunctionUrlHandler } from "./function-url.ts";

const config = loadConfig(process.env);
const services = createServices({ config, log: createLogger(config.logLevel) });

/** The agents' door in AWS: Connect and gRPC-web behind a Function URL. */
export const handler = createFunctionUrlHandler(createUniversalHandler(routes(services)));
