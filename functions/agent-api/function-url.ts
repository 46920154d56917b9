import { Code, ConnectError } from "@connectrpc/connect";
import type { UniversalHandlerFn, UniversalServerRequest, UniversalServerResponse } from "@connectrpc/connect/protocol";
import type { APIGatewayProxyStructuredResultV2, LambdaFunctionURLEvent } from "aws-lambda";
import { readBody } from "../../shared/rpc/bytes.ts";
import { corsHeaders, isPreflight, preflightHeaders } from "../../shared/rpc/cors.ts";
import { MAX_BUFFERED_REQUEST_BYTES } from "../../shared/rpc/limits.ts";

/** A Lambda behind a Function URL: event of payload format 2.0 in, structured result out. */
export type FunctionUrlHandler = (event: LambdaFunctionURLEvent) => Promise<APIGatewayProxyStructuredResultV2>;

/** Carries a Function URL's events to a universal handler and its answers back; bodies travel as base64. */
export function createFunctionUrlHandler(handle: UniversalHandlerFn): FunctionUrlHandler {
  return async (event) => {
    const request = requestOf(event);
    if (request === undefined) return { statusCode: 400, headers: { ...corsHeaders } };
    const { method, header } = request;
    if (isPreflight(method, (name) => header.get(name) ?? undefined))
      return { statusCode: 204, headers: { ...preflightHeaders } };
    return resultOf(await handle(request));
  };
}

/** @returns undefined if the event is none of a Function URL, or its request none that HTTP can carry. */
function requestOf(event: LambdaFunctionURLEvent): UniversalServerRequest | undefined {
  try {
    const { rawPath, rawQueryString, headers, body, isBase64Encoded, requestContext } = event;
    const { domainName, http } = requestContext;
    const query = rawQueryString === "" ? "" : `?${rawQueryString}`;
    if (typeof http.method !== "string" || typeof rawPath !== "string") return undefined;
    if (body !== undefined && typeof body !== "string") return undefined;
    return {
      httpVersion: "1.1",
      url: new URL(`https://${domainName}${rawPath}${query}`).href,
      method: http.method,
      header: new Headers(Object.entries(headers).map(([name, value]): [string, string] => [name, value ?? ""])),
      body: bodyOf(body, isBase64Encoded),
      signal: new AbortController().signal, // a Function URL does not tell when its caller hangs up
    };
  } catch {
    return undefined;
  }
}

/** @throws ConnectError RESOURCE_EXHAUSTED, to whoever reads the body. */
async function* bodyOf(body: string | undefined, isBase64Encoded: boolean): AsyncIterable<Uint8Array> {
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
