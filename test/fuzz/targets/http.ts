import { Agent, request as httpRequest } from "node:http";
import { type HttpAnswer, judgeHttp } from "../http-answer.ts";
import { describeRequest, type HttpRequest, randomHttpRequest } from "../http-request.ts";
import type { Target } from "../target.ts";

const CONNECTIONS = 32;

/** Connect, gRPC-web and plain HTTP on the HTTP port. */
export function createHttp({ address, token }: { address: string; token: string }): Target {
  const agent = new Agent({ keepAlive: true, maxSockets: CONNECTIONS });
  const [hostname, port] = address.split(":");

  /** @returns undefined if the connection ended before the answer. */
  function send({ method, path, headers, body }: HttpRequest): Promise<HttpAnswer | undefined> {
    return new Promise((resolve) => {
      const length = body.length > 0 ? { "content-length": String(body.length) } : {};
      const sent = httpRequest(
        { hostname, port, agent, method, path, headers: { ...headers, ...length } },
        (response) => {
          const chunks: Buffer[] = [];
          response.on("data", (chunk) => chunks.push(chunk));
          response.on("error", () => resolve(undefined));
          response.on("end", () =>
            resolve({
              status: response.statusCode ?? 0,
              headers: response.headers as Record<string, string>,
              body: Buffer.concat(chunks),
            }),
          );
        },
      );
      sent.on("error", () => resolve(undefined));
      sent.end(body);
    });
  }

  return {
    name: "http",
    weight: 18,
    async run(random, _index, tell) {
      const request = randomHttpRequest(random, token);
      tell(describeRequest(request));
      const answer = await send(request);
      return answer === undefined ? { kind: "connection ended" } : judgeHttp(answer, request.path);
    },
    close: () => agent.destroy(),
  };
}
