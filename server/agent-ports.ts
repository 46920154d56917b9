import type { Config } from "../shared/config.ts";
import { errorText } from "../shared/errors.ts";
import { routes } from "../shared/routes.ts";
import type { Services } from "../shared/services.ts";
import type { StreamLimits } from "./grpc/connect-adapter.ts";
import type { ConnectionLimits } from "./grpc/connections.ts";
import { buildGrpcServer } from "./grpc/grpc-server.ts";
import type { HttpLimits } from "./http/http-limits.ts";
import { buildHttpServer } from "./http/http-server.ts";
import { offerMeasuredValues } from "./http/measured-gauge.ts";
import { offerPendingDeliveries } from "./http/pending-gauge.ts";
import type { PrometheusMetrics } from "./http/prometheus.ts";
import { type Listening, StartError } from "./listening.ts";
import { createOperatorCheck, type IsOperator } from "./operators.ts";
import { countRefusedConnections } from "./refused-connections.ts";

/** How long open calls may take once the server is told to stop. */
export const GRACE_MS = 7_000;

/** Limits that are not those of the ports themselves, as tests have them. */
export interface PortLimits {
  readonly connections?: ConnectionLimits;
  readonly http?: HttpLimits;
  readonly unaryRequestMs?: number;
  readonly streams?: StreamLimits;
}

type PortConfig = Pick<Config, "host" | "grpcPort" | "httpPort" | "tls" | "maxConnections" | "operatorNetworks">;

/** The two ports that agents and browsers reach. */
export interface AgentPorts {
  readonly grpc: Listening;
  readonly http: Listening;
  /** Tells health checks at once; then lets open calls end, but no longer than `graceMs`. */
  close(graceMs: number): Promise<void>;
}

/** @throws StartError if a port cannot be opened or a certificate file cannot be read; nothing listens then. */
export async function openAgentPorts(
  config: PortConfig,
  services: Services,
  { registry }: PrometheusMetrics,
  limits: PortLimits = {},
): Promise<AgentPorts> {
  const { maxConnections } = config;
  const isOperator = createOperatorCheck(config.operatorNetworks);
  const grpcServer = buildGrpc(config, services, isOperator, limits);
  const { checkEngines, measured } = services;
  offerMeasuredValues(registry, measured);
  offerPendingDeliveries(registry, services.pendingDeliveries);
  const httpServer = await buildHttpServer({
    routes: routes(services),
    checkEngines,
    registry,
    measured,
    isOperator,
    maxConnections,
    connectionRefused: countRefusedConnections("http", maxConnections, services),
    ...(limits.http && { limits: limits.http }),
  });
  const close = async (graceMs: number): Promise<void> => {
    grpcServer.announceDrain();
    httpServer.announceDrain();
    await Promise.all([grpcServer.close(graceMs), httpServer.close(graceMs)]);
  };
  try {
    const grpc = await grpcServer.listen(config.host, config.grpcPort);
    const http = await httpServer.listen(config.host, config.httpPort);
    return { grpc, http, close };
  } catch (error) {
    await close(0);
    throw error;
  }
}

function buildGrpc(
  { tls, maxConnections }: PortConfig,
  services: Services,
  isOperator: IsOperator,
  { connections, unaryRequestMs, streams }: PortLimits,
) {
  try {
    return buildGrpcServer(routes(services), {
      tls,
      isOperator,
      maxConnections,
      connectionRefused: countRefusedConnections("grpc", maxConnections, services),
      ...(connections && { connectionLimits: connections }),
      ...(unaryRequestMs && { unaryRequestMs }),
      ...(streams && { streamLimits: streams }),
    });
  } catch (error) {
    const reason = errorText(error);
    throw new StartError(`TLS cannot be set up (${reason}); check the files of --tls-cert and --tls-key`);
  }
}
