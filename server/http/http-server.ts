import type { ConnectRouter } from "@connectrpc/connect";
import { fastifyConnectPlugin } from "@connectrpc/connect-fastify";
import { type FastifyInstance, type FastifyReply, fastify } from "fastify";
import type { Registry } from "prom-client";
import type { MeasuredValues } from "../../shared/agent/measured-values.ts";
import { errorText } from "../../shared/errors.ts";
import { withoutOwnSecrets } from "../../shared/masked-text.ts";
import { completed } from "../../shared/rpc/complete-handlers.ts";
import { connectOptions } from "../../shared/rpc/connect-options.ts";
import { corsHeaders, isPreflight, preflightHeaders } from "../../shared/rpc/cors.ts";
import { MAX_REQUEST_MS } from "../../shared/rpc/limits.ts";
import { type Listening, listenError } from "../listening.ts";
import { addMeasuredRoute } from "./measured-route.ts";

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
}): Promise<HttpServer> {
  const { routes, checkEngines, registry, measured } = options;
  const server = fastify({
    requestTimeout: MAX_REQUEST_MS,
    forceCloseConnections: "idle",
    // In Fastify's own words the answer would repeat the address, whatever is in it.
    frameworkErrors: (_error, _request, reply: FastifyReply) =>
      void reply.code(400).send({ error: "the address is not well-formed" }),
  });
  let draining = false;

  addCors(server);
  await server.register(async (scope) => {
    await scope.register(fastifyConnectPlugin, { ...connectOptions, routes: completed(routes) });
    // Connect says itself which types it takes; without this, Fastify would refuse the others in its own words.
    scope.addContentTypeParser("*", (_request, _payload, done) => done(null));
  });

  server.get("/healthz", async () => ({ status: "alive" }));
  server.get("/readyz", async (_request, reply) => {
    if (draining) return reply.code(503).send({ status: "draining" });
    try {
      await checkEngines();
      return { status: "ready" };
    } catch (error) {
      const reason = errorText(error);
      return reply.code(503).send({ status: "not ready", reason });
    }
  });
  server.get("/metrics", async (_request, reply) => {
    return reply.type(registry.contentType).send(await registry.metrics());
  });
  addMeasuredRoute(server, measured);
  server.setNotFoundHandler((request, reply) => {
    // Whoever mistyped the address may have put a token into it.
    const [path = ""] = withoutOwnSecrets(request.url).split("?");
    const error = `nothing is at ${request.method} ${path.slice(0, 256)}`;
    reply.code(404).send({
      error,
      try: [
        "/healthz",
        "/readyz",
        "/metrics",
        "/measured?service=NAME",
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
    announceDrain() {
      draining = true;
    },
    async close(graceMs) {
      const forced = setTimeout(() => server.server.closeAllConnections(), graceMs);
      await server.close();
      clearTimeout(forced);
    },
  };
}

function addCors(server: FastifyInstance): void {
  server.addHook("onRequest", async (request, reply) => {
    if (isPreflight(request.method, (name) => request.headers[name]))
      return reply.code(204).headers(preflightHeaders).send();
    reply.headers(corsHeaders);
  });
}
