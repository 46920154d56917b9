import type { FastifyInstance } from "fastify";
import type { MeasuredValues } from "../../shared/agent/measured-values.ts";

/** GET /measured?service=NAME: what agents measured of a service lately, as a JSON list of MeasuredValue. */
export function addMeasuredRoute(server: FastifyInstance, measured: Pick<MeasuredValues, "list">): void {
  server.get<{ Querystring: { service?: string | string[] } }>("/measured", async ({ query: { service } }, reply) => {
    if (typeof service === "string" && service !== "") return measured.list(service);
    return reply.code(400).send({ error: "service is missing: ask for /measured?service=NAME, with one name" });
  });
}
