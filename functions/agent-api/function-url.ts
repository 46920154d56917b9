import type { UniversalHandlerFn, UniversalServerResponse } from "@connectrpc/connect/protocol";
import type { APIGatewayProxyStructuredResultV2, LambdaFunctionURLEvent } from "aws-lambda";
import { corsHeaders, isPreflight, preflightHeaders } from "../../shared/rpc/cors.ts";

/** A Lambda behind a Function URL: event of payload format 2.0 in, structured result out. */
export type FunctionUrlHandler = (event: LambdaFunctionURLEvent) => Promise<APIGatewayProxyStructuredResultV2>;

/** Carries a Function URL's events to a universal handler and its answers back; bodies travel as base64. */
export function createFunctionUrlHandler(handle: UniversalHandlerFn): FunctionUrlHandler {
  return async (event) => {
    const { method } = event.requestContext.http;
    if (isPreflight(method, (name) => event.headers[name]))
      return { statusCode: 204, headers: { ...preflightHeaders } };
    const query = event.rawQueryString === "" ? "" : `?${event.rawQueryString}`;
    const response = await handle({
      httpVersion: "1.1",
      url: `https://${event.requestContext.domainName}${event.rawPath}${query}`,
      method,
      header: headersOf(event),
      body: bodyOf(event),
      signal: new AbortController().signal, // a Function URL does not tell when its caller hangs up
    });
    return resultOf(response);
  };
}

function headersOf(event: LambdaFunctionURLEvent): Headers {
  const headers = new Headers();
  for (const [name, value] of Object.entries(event.headers)) {
    if (value !== undefined) headers.set(name, value);
  }
  return headers;
}

async function* bodyOf({ body, isBase64Encoded }: LambdaFunctionURLEvent): AsyncIterable<Uint8Array> {
  if (body !== undefined) yield Buffer.from(body, isBase64Encoded ? "base64" : "utf8");
}

async function resultOf(response: UniversalServerResponse): Promise<APIGatewayProxyStructuredResultV2> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of response.body ?? []) chunks.push(chunk);
  return {
    statusCode: response.status,
    headers: { ...Object.fromEntries(response.header ?? []), ...corsHeaders },
    body: Buffer.concat(chunks).toString("base64"),
    isBase64Encoded: true,
  };
}
