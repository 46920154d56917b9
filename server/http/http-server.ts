import { createServer, type RequestListener, type Server } from "node:http";
import type { ConnectRouter, ContextValues } from "@connectrpc/connect";
import { fastifyConnectPlugin } from "@connectrpc/connect-fastify";
import { type FastifyInstance, type FastifyReply, type FastifyRequest, fastify } from "fastify";
import type { Registry } from "prom-client";
import type { MeasuredValues } from "../../shared/agent/measured-values.ts";
import { errorText } from "../../shared/errors.ts";
import { withoutOwnSecrets } from "../../shared/masked-text.ts";
import { completed } from "../../shared/rpc/complete-handlers.ts";
import { connectOptions } from "../../shared/rpc/connect-options.ts";
import { corsHeaders, isPreflight, preflightHeaders } from "../../shared/rpc/cors.ts";
import { resuming } from "../../shared/rpc/findings.ts";
import { MAX_HEADER_BYTES } from "../../shared/rpc/limits.ts";
import { createPlainCalls } from "../../shared/rpc/plain-calls.ts";
import { routedMethods } from "../../shared/rpc/routed-methods.ts";
import { type Listening, listenError } from "../listening.ts";
import { type IsOperator, isLocalOperator } from "../operators.ts";
import { addSecurityHeaders, answerClientError, answerExpectations } from "./client-errors.ts";
import { HTTP_LIMITS, type HttpLimits } from "./http-limits.ts";
import { countRequest } from "./open-requests.ts";
import { addOperatorRoutes, isOperators } from "./operator-routes.ts";
import { answeringPlainRequests, isHandedOn, valuesOf } from "./plain-requests.ts";
import { checkRequests } from "./request-check.ts";

export interface HttpServer {
  listen(host: string, port: number): Promise<Listening>;
  /** From here on, /readyz answers 503. */
  announceDrain(): void;
  /** Lets open requests end, but no longer than `graceMs`. */
  close(graceMs: number): Promise<void>;
}

/** Connect, gRPC-web, health and metrics over HTTP/1.1. Does not listen yet. */
export async function buildHttpServer(options: {
  routes: (router: ConnectRouter) => void;
  /** @throws if the engines cannot be used. */
  checkEngines: () => Promise<void>;
  registry: Registry;
  measured: Pick<MeasuredValues, "list">;
  limits?: HttpLimits;
  maxConnections?: number;
  /** Is told of each connection that is one too many. */
  connectionRefused?: () => void;
  /** Who may ask for metrics and measured values; without, those on this machine. */
  isOperator?: IsOperator;
}): Promise<HttpServer> {
  const { routes, checkEngines, registry, measured, isOperator = isLocalOperator } = options;
  const { limits = HTTP_LIMITS, maxConnections = Number.POSITIVE_INFINITY, connectionRefused } = options;
  const methods = routedMethods(routes);
  let isClosing = false;
  const server = createFastify(limits, (handle) => {
    const handleAll: RequestListener = (request, response) => {
      addSecurityHeaders(response);
      handle(request, response);
    };
    const answer = answeringPlainRequests(createPlainCalls(methods), handleAll, () => !isClosing);
    return (request, response) => {
      countRequest(request, response);
      answer(request, response);
    };
  });
  server.server.maxConnections = maxConnections;
  if (connectionRefused !== undefined) server.server.on("drop", connectionRefused);
  answerExpectations(server.server);
  server.addHook("onRequest", async ({ raw }, reply) => {
    // What was begun before is answered; what comes now goes to another server.
    if (isClosing && !isHandedOn(raw)) return reply.code(503).send({ error: "the server ends; send it again" });
  });
  checkRequests(server);

  await server.register(async (scope) => {
    addCors(scope);
    // Connect says itself which types it takes; without this, Fastify would refuse the others in its own words.
    scope.addContentTypeParser("*", (_request, _payload, done) => done(null));
    const contextValues = ({ raw }: FastifyRequest): ContextValues => valuesOf(raw);
    await scope.register(fastifyConnectPlugin, {
      ...connectOptions,
      contextValues,
      routes: completed(resuming(methods)),
    });
  });
  const announceDrain = addHealth(server, checkEngines);
  addOperatorRoutes(server, { registry, measured, isOperator });
  server.setNotFoundHandler((request, reply) => {
    // Whoever mistyped the address may have put a token into it.
    const [path = ""] = withoutOwnSecrets(request.url).split("?");
    const error = `nothing is at ${request.method} ${path.slice(0, 256)}`;
    reply.code(404).send({
      error,
      try: [
        "/healthz",
        "/readyz",
        ...(isOperators(request, isOperator) ? ["/metrics", "/measured?service=NAME"] : []),
        "/skywalking.v3.ContinuousProfilingService/queryPolicies",
      ],
    });
  });

  return {
    async listen(host, port) {
      try {
        await server.listen({ host, port });
      } catch (error) {
        throw listenError("HTTP", host, port, "--http-port", error);
      }
      const address = server.server.address();
      return { host, port: typeof address === "object" && address !== null ? address.port : port };
    },
    announceDrain,
    async close(graceMs) {
      isClosing = true;
      const forced = setTimeout(() => server.server.closeAllConnections(), graceMs);
      await server.close();
      clearTimeout(forced);
    },
  };
}

/** @param listenerOf makes the listener of requests, of Fastify's own. */
function createFastify(limits: HttpLimits, listenerOf: (handle: RequestListener) => RequestListener): FastifyInstance {
  return fastify({
    forceCloseConnections: "idle",
    return503OnClosing: false, // we say so ourselves, of fewer
    serverFactory: (handle) => createHttpServer(limits, listenerOf(handle as RequestListener)),
    clientErrorHandler: (error, socket) => answerClientError(error, socket),
    // Fastify repeats the address, with whatever is in it.
    frameworkErrors: (error, _request, reply) =>
      void (reply as FastifyReply).code(400).send({ error: withoutOwnSecrets(error.message) }),
  });
}

function createHttpServer(limits: HttpLimits, listener: RequestListener): Server {
  const options = {
    headersTimeout: limits.headersMs,
    connectionsCheckingInterval: limits.checkedEveryMs,
    maxHeaderSize: MAX_HEADER_BYTES,
    requireHostHeader: false, // we say so ourselves
  };
  const server = createServer(options, listener);
  server.requestTimeout = limits.requestMs;
  server.keepAliveTimeout = limits.keepAliveMs;
  server.setTimeout(limits.silentMs);
  return server;
}

/** Whether the process lives, and whether it can serve. @returns what makes /readyz answer 503 from then on. */
function addHealth(server: FastifyInstance, checkEngines: () => Promise<void>): () => void {
  let draining = false;
  let checking: Promise<void> | undefined;
  // One check for all who ask meanwhile: it costs calls to AWS, and anybody may ask.
  const check = (): Promise<void> => {
    checking ??= checkEngines().finally(() => {
      checking = undefined;
    });
    return checking;
  };
  server.get("/healthz", async () => ({ status: "alive" }));
  server.get("/readyz", async (_request, reply) => {
    if (draining) return reply.code(503).send({ status: "draining" });
    try {
      await check();
      return { status: "ready" };
    } catch (error) {
      const reason = errorText(error);
      return reply.code(503).send({ status: "not ready", reason });
    }
  });
  return () => {
    draining = true;
  };
}

/** For RPCs, which pages may call; nothing else here is for pages. */
function addCors(server: FastifyInstance): void {
  server.addHook("onRequest", async (request, reply) => {
    if (isPreflight(request.method, (name) => request.headers[name]))
      return reply.code(204).headers(preflightHeaders).send();
    if (request.headers.origin !== undefined) reply.headers(corsHeaders);
  });
}
