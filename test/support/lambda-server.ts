import { once } from "node:events";
import { createServer } from "node:http";
import type { APIGatewayProxyStructuredResultV2 } from "aws-lambda";
import { createFunctionUrlHandler, type FunctionUrlHandler } from "../../functions/agent-api/function-url.ts";
import { routes } from "../../shared/routes.ts";
import { createUniversalHandler } from "../../shared/rpc/universal-handler.ts";
import { eventOf } from "./lambda-fetch.ts";

/** A Function URL on 127.0.0.1. */
export interface LambdaServer {
  readonly url: string;
  close(): Promise<void>;
}

/** The agents' routes over these services, behind a Function URL on 127.0.0.1. */
export function startLambdaDoor(services: Parameters<typeof routes>[0]): Promise<LambdaServer> {
  return startLambdaServer(createFunctionUrlHandler(createUniversalHandler(routes(services))));
}

/** What a Function URL answers when its function fails. */
const failed = (error: unknown): APIGatewayProxyStructuredResultV2 => ({ statusCode: 502, body: String(error) });

/** Does what a Function URL does: takes a whole request, hands it over as an event and writes the result back. */
export async function startLambdaServer(handler: FunctionUrlHandler): Promise<LambdaServer> {
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const { method = "GET", url = "/", headers } = request;
    const { connection: _, "transfer-encoding": __, ...carried } = headers as Record<string, string>;
    const body = chunks.length === 0 ? null : Buffer.concat(chunks);
    const event = await eventOf(new Request(`http://${headers.host}${url}`, { method, headers: carried, body }));
    const {
      statusCode,
      headers: answered = {},
      body: answer = "",
      isBase64Encoded,
    } = await handler(event).catch(failed);
    response
      .writeHead(statusCode ?? 200, answered as Record<string, string>)
      .end(Buffer.from(answer, isBase64Encoded ? "base64" : "utf8"));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  return {
    url: `http://127.0.0.1:${typeof address === "object" && address !== null ? address.port : 0}`,
    async close() {
      const closed = once(server, "close");
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}
