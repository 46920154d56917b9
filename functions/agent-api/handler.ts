import { loadConfig } from "../../shared/config.ts";
import { createLogger } from "../../shared/log.ts";
import { routes } from "../../shared/routes.ts";
import { createUniversalHandler } from "../../shared/rpc/universal-handler.ts";
import { createAgentServices } from "../../shared/services/agent-services.ts";
import { createBasis } from "../../shared/services/basis.ts";
import { createTaskStores } from "../../shared/services/task-stores.ts";
import { createEmfMetrics } from "../emf-metrics.ts";
import { flushAfter } from "../flush-after.ts";
import { standardOutput } from "../standard-output.ts";
import { createFunctionUrlHandler } from "./function-url.ts";

/** So that a poll costs no line of its own; CloudWatch keeps metrics by the minute anyway. */
const FLUSH_EVERY_MS = 60_000;

const config = loadConfig(process.env);
const metrics = createEmfMetrics({ stack: config.stack });
const basis = createBasis({ config, log: createLogger(config.logLevel, standardOutput), metrics });
const services = createAgentServices(basis, createTaskStores(basis));
const answer = createFunctionUrlHandler(createUniversalHandler(routes(services)));

/** The agents' door in AWS: Connect and gRPC-web behind a Function URL. */
export const handler = flushAfter(answer, metrics.flush, { everyMs: FLUSH_EVERY_MS });
