import { readFileSync } from "node:fs";
import { createSecureContext } from "node:tls";
import type { ConnectRouter } from "@connectrpc/connect";
import { logVerbosity, Server, ServerCredentials, setLogVerbosity } from "@grpc/grpc-js";
import { HealthImplementation } from "grpc-health-check";
import { MAX_REQUEST_BYTES, MAX_REQUEST_MS } from "../../shared/rpc/limits.ts";
import { routedMethods } from "../../shared/rpc/routed-methods.ts";
import { addressOf, type Listening, listenError } from "../listening.ts";
import { type IsOperator, isLocalOperator } from "../operators.ts";
import { addConnectRoutes, STREAM_LIMITS, type StreamLimits } from "./connect-adapter.ts";
import { CONNECTION_LIMITS, type ConnectionLimits, type Connections, watchConnections } from "./connections.ts";
import { hidingReflection } from "./hidden-methods.ts";
import { limitHttp2, MAX_SESSION_MEGABYTES } from "./http2-limits.ts";
import { answerPlainStreams } from "./plain-streams.ts";
import { addReflection } from "./reflection.ts";
import { guardingRequests } from "./request-guard.ts";

/** Calls that one connection may have open; an agent needs a handful. */
const MAX_CONCURRENT_STREAMS = 100;
/** How long a connection may be silent before we ask whether the agent still lives, and how long it has to answer. */
const KEEPALIVE_MS = { after: 60_000, timeout: 20_000 };
/**
 * Agents stay on their connection for as long as it holds, and a balancer chooses a server for a connection, not for a
 * call: without an age, a server that is added would get no agents, and one that has too many would keep them. Each
 * connection's age is up to a tenth more or less, so that agents that came together do not all leave together. It costs
 * no agent a call: it is asked to open another connection, and may finish on the old one what it has begun.
 */
export const CONNECTION_AGE: ConnectionAge = { ms: 1_800_000, graceMs: STREAM_LIMITS.totalMs + 10_000 };

/** After what time a connection is to be replaced, and how long calls that are open by then may take. */
export interface ConnectionAge {
  ms: number;
  graceMs: number;
}

export interface GrpcServer {
  listen(host: string, port: number): Promise<Listening>;
  /** From here on, health checks hear NOT_SERVING. */
  announceDrain(): void;
  /** Lets open calls end, but no longer than `graceMs`. */
  close(graceMs: number): Promise<void>;
}

/** Native gRPC for agents: our routes, health and reflection. Does not listen yet. */
export function buildGrpcServer(
  routes: (router: ConnectRouter) => void,
  options: {
    tls?: { certFile: string; keyFile: string } | undefined;
    streamLimits?: StreamLimits;
    unaryRequestMs?: number;
    connectionAge?: ConnectionAge;
    connectionLimits?: ConnectionLimits;
    maxConnections?: number;
    /** Is told of each connection that is one too many. */
    connectionRefused?: () => void;
    /** Who may ask for reflection; without, those on this machine. */
    isOperator?: IsOperator;
  } = {},
): GrpcServer {
  const { tls, streamLimits = STREAM_LIMITS, connectionAge = CONNECTION_AGE } = options;
  const { connectionLimits = CONNECTION_LIMITS, isOperator = isLocalOperator } = options;
  const { maxConnections = Number.POSITIVE_INFINITY, connectionRefused: refused = () => {} } = options;
  const methods = routedMethods(routes);
  const requestLimits = { unaryMs: options.unaryRequestMs ?? MAX_REQUEST_MS, streamMs: streamLimits.totalMs };
  setLogVerbosity(logVerbosity.NONE); // its own lines on standard error repeat what we report ourselves
  const server = new Server({
    "grpc.max_receive_message_length": MAX_REQUEST_BYTES,
    "grpc.max_concurrent_streams": MAX_CONCURRENT_STREAMS,
    "grpc.keepalive_time_ms": KEEPALIVE_MS.after,
    "grpc.keepalive_timeout_ms": KEEPALIVE_MS.timeout,
    "grpc.max_connection_age_ms": connectionAge.ms,
    "grpc.max_connection_age_grace_ms": connectionAge.graceMs,
    "grpc.max_connection_idle_ms": connectionLimits.idleMs,
    "grpc-node.max_session_memory": MAX_SESSION_MEGABYTES,
    // It counts every call and message for a debugging service that we do not offer, which costs some microseconds.
    "grpc.enable_channelz": 0,
    interceptors: [guardingRequests(methods, requestLimits, hidingReflection(isOperator))],
  });
  limitHttp2(server);
  answerPlainStreams(server, methods, requestLimits);
  const services = addConnectRoutes(server, methods, streamLimits);
  addReflection(server, services);
  const names = ["", ...services.map(({ typeName }) => typeName)];
  const health = new HealthImplementation(Object.fromEntries(names.map((name) => [name, "SERVING"])));
  health.addToServer(server);
  const credentials = credentialsOf(tls);
  let connections: Connections | undefined;

  return {
    listen: (host, port) =>
      new Promise((resolve, reject) => {
        server.bindAsync(addressOf(host, port), credentials, (error, boundPort) => {
          if (error !== null) return reject(listenError("gRPC", host, port, "--grpc-port", error));
          connections = watchConnections(server, connectionLimits, { maxConnections, refused });
          resolve({ host, port: boundPort });
        });
      }),
    announceDrain() {
      for (const name of names) health.setStatus(name, "NOT_SERVING");
    },
    async close(graceMs) {
      const forced = setTimeout(() => {
        server.forceShutdown();
        connections?.destroyAll();
      }, graceMs);
      await new Promise<void>((resolve) => server.tryShutdown(() => resolve()));
      clearTimeout(forced);
      connections?.destroyAll();
    },
  };
}

/** @throws if a file cannot be read or the two do not fit together. */
function credentialsOf(tls: { certFile: string; keyFile: string } | undefined): ServerCredentials {
  if (tls === undefined) return ServerCredentials.createInsecure();
  const cert = readFileSync(tls.certFile);
  const key = readFileSync(tls.keyFile);
  createSecureContext({ cert, key }); // grpc-js would find out only when it listens
  return ServerCredentials.createSsl(null, [{ cert_chain: cert, private_key: key }]);
}
