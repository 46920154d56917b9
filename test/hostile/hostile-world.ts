import { createFunctionUrlHandler } from "../../functions/agent-api/function-url.ts";
import { openAgentPorts } from "../../server/agent-ports.ts";
import { createPrometheusMetrics } from "../../server/http/prometheus.ts";
import { routes } from "../../shared/routes.ts";
import { createUniversalHandler } from "../../shared/rpc/universal-handler.ts";
import { lambdaFetch } from "../support/lambda-fetch.ts";
import { startStillWorld } from "../support/still-world.ts";
import type { Doors } from "./hostile-case.ts";

/** What the slow cases wait for. */
const SHORT_MS = 400;
const CHECKED_EVERY_MS = 50;
const MOST_CONNECTIONS = 20;

export interface HostileWorld {
  readonly doors: Doors;
  /** Every log line so far. */
  readonly log: readonly Record<string, unknown>[];
  stop(): Promise<void>;
}

/** A server as it is, the Lambda handler, and a server beside it that has less patience, all on the same engines. */
export async function startHostileWorld(): Promise<HostileWorld> {
  const world = await startStillWorld();
  const { config, services, log } = world;
  const ports = await openAgentPorts(
    { ...config, maxConnections: MOST_CONNECTIONS },
    services,
    createPrometheusMetrics(),
    {
      connections: { firstCallMs: SHORT_MS, idleMs: SHORT_MS, lingerMs: SHORT_MS, checkedEveryMs: CHECKED_EVERY_MS },
      http: {
        headersMs: SHORT_MS,
        requestMs: 2 * SHORT_MS,
        keepAliveMs: SHORT_MS,
        silentMs: 4 * SHORT_MS,
        checkedEveryMs: CHECKED_EVERY_MS,
      },
      unaryRequestMs: SHORT_MS,
      streams: { idleMs: SHORT_MS, totalMs: 2 * SHORT_MS },
    },
  );
  const doors: Doors = {
    grpcPort: world.ports.grpc.port,
    httpPort: world.ports.http.port,
    lambda: lambdaFetch(createFunctionUrlHandler(createUniversalHandler(routes(services)))),
    impatient: { grpcPort: ports.grpc.port, httpPort: ports.http.port },
    mostConnections: MOST_CONNECTIONS,
  };
  return {
    doors,
    log,
    async stop() {
      await ports.close(0);
      await world.stop();
    },
  };
}
