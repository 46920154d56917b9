import { createDatabase } from "../../shared/aws/database.ts";
import { loadConfig } from "../../shared/config.ts";
import { createEmfMetrics } from "../../shared/emf/emf-metrics.ts";
import { pollRoutes } from "../../shared/poll-routes.ts";
import { createUniversalHandler } from "../../shared/rpc/universal-handler.ts";
import { createPollServices } from "../../shared/services/poll-services.ts";
import { flushAfter } from "../flush-after.ts";
import { createFunctionLog } from "../function-log.ts";
import { createFunctionUrlHandler } from "./function-url.ts";
import { onceNeeded } from "./once-needed.ts";

/** So that a poll costs no line of its own; CloudWatch keeps metrics by the minute anyway. */
const FLUSH_EVERY_MS = 60_000;

const config = loadConfig(process.env);
const metrics = createEmfMetrics({ stack: config.stack });
const { log, written } = createFunctionLog(config.logLevel);
const database = createDatabase();
const services = createPollServices({ config, documents: database.documents, log, metrics });
const { maxServicesPerQuery } = config;

// Nearly all instances start for a poll, so all that a poll takes is here, and the rest comes when it is called.
const otherCalls = onceNeeded(async () => {
  const { createOtherCalls } = await import("./other-calls.ts");
  return createOtherCalls({ config, log, metrics }, database, services);
});
const answer = createFunctionUrlHandler(
  createUniversalHandler(pollRoutes({ ...services, maxServicesPerQuery, log, metrics }), otherCalls),
);

/** The agents' door in AWS: Connect and gRPC-web behind a Function URL. */
export const handler = flushAfter(answer, metrics.flush, {
  everyMs: FLUSH_EVERY_MS,
  isUrgent: metrics.raisesAlarm,
  settled: written,
});
