import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import type { Registry } from "prom-client";
import type { MeasuredValues } from "../../shared/agent/measured-values.ts";
import type { IsOperator } from "../operators.ts";

/** Whether a request is an operator's. */
export function isOperators({ raw }: FastifyRequest, isOperator: IsOperator): boolean {
  const { headers, socket, url = "" } = raw;
  // Where a request names its target in full, that is whom it means, whatever its Host says (RFC 9112, section 3.2.2).
  const { host } = new URL(url, `http://${headers.host}`);
  return isOperator({ address: socket.remoteAddress, host, header: (name) => headers[name] });
}

/**
 * What operators ask for, who alone get it; for all others it is not there:
 * - GET /metrics: what Prometheus reads.
 * - GET /measured?service=NAME: what agents measured of a service lately, as a JSON list of MeasuredValue.
 */
export function addOperatorRoutes(
  server: FastifyInstance,
  {
    registry,
    measured,
    isOperator,
  }: { registry: Registry; measured: Pick<MeasuredValues, "list">; isOperator: IsOperator },
): void {
  type Answer = (request: FastifyRequest, reply: FastifyReply) => unknown;
  const forOperators =
    (answer: Answer) =>
    async (request: FastifyRequest, reply: FastifyReply): Promise<unknown> =>
      isOperators(request, isOperator) ? answer(request, reply) : reply.callNotFound();

  server.get(
    "/metrics",
    forOperators(async (_request, reply) => reply.type(registry.contentType).send(await registry.metrics())),
  );
  server.get(
    "/measured",
    forOperators(({ query }, reply) => {
      const { service } = query as { service?: string | string[] };
      if (typeof service === "string" && service !== "") return measured.list(service);
      return reply.code(400).send({ error: "service is missing: ask for /measured?service=NAME, with one name" });
    }),
  );
}
