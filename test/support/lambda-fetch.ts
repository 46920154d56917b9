import type { LambdaFunctionURLEvent } from "aws-lambda";
import type { FunctionUrlHandler } from "../../functions/agent-api/function-url.ts";

/**
 * A `fetch` whose other end is a Lambda behind a Function URL: the request becomes an event of payload format 2.0, as
 * AWS documents it, and the structured result becomes the response.
 */
export function lambdaFetch(handler: FunctionUrlHandler): typeof fetch {
  return async (input, init) => {
    const request = new Request(input, init);
    const result = await handler(await eventOf(request));
    const body = Buffer.from(result.body ?? "", result.isBase64Encoded ? "base64" : "utf8");
    const headers = Object.entries(result.headers ?? {}).map(([name, value]): [string, string] => [
      name,
      String(value),
    ]);
    const status = result.statusCode ?? 200;
    return new Response(status === 204 ? null : body, { status, headers });
  };
}

export async function eventOf(request: Request): Promise<LambdaFunctionURLEvent> {
  const url = new URL(request.url);
  const body = Buffer.from(await request.arrayBuffer());
  return {
    version: "2.0",
    routeKey: "$default",
    rawPath: url.pathname,
    rawQueryString: url.search.slice(1),
    headers: { host: url.host, ...Object.fromEntries(request.headers) },
    requestContext: {
      accountId: "anonymous",
      apiId: "function-url",
      domainName: url.host,
      domainPrefix: "function-url",
      http: {
        method: request.method,
        path: url.pathname,
        protocol: "HTTP/1.1",
        sourceIp: "127.0.0.1",
        userAgent: "test",
      },
      requestId: "00000000-0000-0000-0000-000000000000",
      routeKey: "$default",
      stage: "$default",
      time: "01/Jan/2026:00:00:00 +0000",
      timeEpoch: 1767225600000,
    },
    ...(body.length > 0 && { body: body.toString("base64") }),
    isBase64Encoded: true,
  };
}
