import { Code, ConnectError } from "@connectrpc/connect";
import type { UniversalHandlerFn, UniversalServerResponse } from "@connectrpc/connect/protocol";
import type { APIGatewayProxyStructuredResultV2, LambdaFunctionURLEvent } from "aws-lambda";
import { readBody } from "../../shared/rpc/bytes.ts";
import { corsHeaders, isPreflight, preflightHeaders } from "../../shared/rpc/cors.ts";
import { MAX_BUFFERED_REQUEST_BYTES } from "../../shared/rpc/limits.ts";

/** A Lambda behind a Function URL: event of payload format 2.0 in, structured result out. */
export type FunctionUrlHandler = (event: LambdaFunctionURLEvent) => Promise<APIGatewayProxyStructuredResultV2>;

/** Carries a Function URL's events to a universal handler and its answers back; bodies travel as base64. */
export function createFunctionUrlHandler(handle: UniversalHandlerFn): FunctionUrlHandler {
  return async (event) => {
    const { method } = event.requestContext.http;
    if (isPreflight(method, (name) => event.headers[name]))
      return { statusCode: 204, headers: { ...preflightHeaders } };
    const header = headersOf(event);
    if (header === undefined) return { statusCode: 400, headers: { ...corsHeaders } };
    const query = event.rawQueryString === "" ? "" : `?${event.rawQueryString}`;
    const response = await handle({
      httpVersion: "1.1",
      url: `https://${event.requestContext.domainName}${event.rawPath}${query}`,
      method,
      header,
      body: bodyOf(event),
      signal: new AbortController().signal, // a Function URL does not tell when its caller hangs up
    });
    return resultOf(response);
  };
}

/** @returns undefined if a header is none that HTTP can carry. */
function headersOf(event: LambdaFunctionURLEvent): Headers | undefined {
  try {
    return new Headers(Object.entries(event.headers).map(([name, value]): [string, string] => [name, value ?? ""]));
  } catch {
    return undefined;
  }
}

/** @throws ConnectError RESOURCE_EXHAUSTED, to whoever reads the body. */
async function* bodyOf({ body, isBase64Encoded }: LambdaFunctionURLEvent): AsyncIterable<Uint8Array> {
  if (body === undefined) return;
  const bytes = Buffer.from(body, isBase64Encoded ? "base64" : "utf8");
  if (bytes.byteLength > MAX_BUFFERED_REQUEST_BYTES) {
    const found = `request holds ${bytes.byteLength} bytes; at most ${MAX_BUFFERED_REQUEST_BYTES} fit through here`;
    throw new ConnectError(`${found}; send less at once, or over native gRPC`, Code.ResourceExhausted);
  }
  yield bytes;
}

async function resultOf(response: UniversalServerResponse): Promise<APIGatewayProxyStructuredResultV2> {
  return {
    statusCode: response.status,
    headers: { ...Object.fromEntries(response.header ?? []), ...corsHeaders },
    body: response.body === undefined ? "" : (await readBody(response.body)).toString("base64"),
    isBase64Encoded: true,
  };
}
