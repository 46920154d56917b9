import { Code, ConnectError } from "@connectrpc/connect";
import type { UniversalHandlerFn, UniversalServerResponse } from "@connectrpc/connect/protocol";
import type { APIGatewayProxyStructuredResultV2, LambdaFunctionURLEvent } from "aws-lambda";
import { readBody } from "../../shared/rpc/bytes.ts";
import { corsHeaders, isPreflight, preflightHeaders } from "../../shared/rpc/cors.ts";
import { MAX_BUFFERED_REQUEST_BYTES } from "../../shared/rpc/limits.ts";
import { NOT_MINE, type PlainAnswer } from "../../shared/rpc/plain-calls.ts";
import { tlsSecurityHeaders } from "../../shared/rpc/security-headers.ts";
import type { CallHandler } from "../../shared/rpc/universal-handler.ts";

/** A Lambda behind a Function URL: event of payload format 2.0 in, structured result out. */
export type FunctionUrlHandler = (event: LambdaFunctionURLEvent) => Promise<APIGatewayProxyStructuredResultV2>;

type AnswerHeaders = Readonly<Record<string, string>>;

/** What every answer says; a Function URL has TLS in front of it, always. */
const ANSWER_HEADERS = tlsSecurityHeaders;
/** The same to a page. */
const ANSWER_HEADERS_FOR_PAGES = { ...corsHeaders, ...tlsSecurityHeaders };
const BAD_REQUEST = { statusCode: 400, headers: ANSWER_HEADERS_FOR_PAGES };

/**
 * Carries a Function URL's events to a universal handler and its answers back; bodies travel as base64. An event that is
 * no request, as AWS makes none, is answered 400, and a path that URLs would not leave as it is 404: no method has such.
 */
export function createFunctionUrlHandler(
  handle: UniversalHandlerFn & Partial<Pick<CallHandler, "plainly">>,
): FunctionUrlHandler {
  return async (event) => {
    const method: unknown = event.requestContext?.http?.method;
    const header = headersOf(event);
    const body = bodyOf(event);
    if (typeof method !== "string" || header === undefined || body === undefined) return BAD_REQUEST;
    if (isPreflight(method, (name) => header.get(name) ?? undefined)) {
      return { statusCode: 204, headers: { ...preflightHeaders, ...tlsSecurityHeaders } };
    }
    const url = urlOf(event);
    if (url === undefined) return { statusCode: 404, headers: ANSWER_HEADERS_FOR_PAGES };
    const answerHeaders = header.get("origin") === null ? ANSWER_HEADERS : ANSWER_HEADERS_FOR_PAGES;
    const { signal } = new AbortController(); // a Function URL does not tell when its caller hangs up
    const outcome =
      method === "POST" ? handle.plainly?.({ url, path: event.rawPath, header, body, signal }) : undefined;
    const { answer, values } = outcome instanceof Promise ? await outcome : (outcome ?? NOT_MINE);
    if (answer !== undefined) return plainResultOf(answer, answerHeaders);
    const request = { httpVersion: "1.1", url, method, header, body: piecesOf(body), signal };
    return resultOf(
      await handle(values === undefined ? request : { ...request, contextValues: values }),
      answerHeaders,
    );
  };
}

/** @returns undefined if a header is none that HTTP can carry, or if there are none. */
function headersOf({ headers }: LambdaFunctionURLEvent): Headers | undefined {
  try {
    return new Headers(Object.entries(headers).map(([name, value]): [string, string] => [name, value ?? ""]));
  } catch {
    return undefined;
  }
}

/** @returns undefined if it has a path that would not stay as it is, for instance by what `..` in it leads to. */
function urlOf({ requestContext, rawPath, rawQueryString }: LambdaFunctionURLEvent): string | undefined {
  const query = rawQueryString ? `?${rawQueryString}` : "";
  const text = `https://${requestContext.domainName}${rawPath}${query}`;
  return URL.canParse(text) && new URL(text).pathname === rawPath ? text : undefined;
}

/** @returns undefined if it says that it is base64 and is not. */
function bodyOf({ body, isBase64Encoded }: LambdaFunctionURLEvent): Buffer | undefined {
  const text = body ?? "";
  if (typeof text !== "string") return undefined;
  if (!isBase64Encoded) return Buffer.from(text, "utf8");
  const bytes = Buffer.from(text, "base64");
  // Node passes over what is no base64, and then there is less of it than there should be.
  return bytes.byteLength === Buffer.byteLength(text, "base64") ? bytes : undefined;
}

/** @throws ConnectError RESOURCE_EXHAUSTED, to whoever reads the body. */
async function* piecesOf(bytes: Buffer): AsyncIterable<Uint8Array> {
  if (bytes.byteLength > MAX_BUFFERED_REQUEST_BYTES) {
    const found = `request holds ${bytes.byteLength} bytes; at most ${MAX_BUFFERED_REQUEST_BYTES} fit through here`;
    throw new ConnectError(`${found}; send less at once, or over native gRPC`, Code.ResourceExhausted);
  }
  if (bytes.byteLength > 0) yield bytes;
}

async function resultOf(
  response: UniversalServerResponse,
  answerHeaders: AnswerHeaders,
): Promise<APIGatewayProxyStructuredResultV2> {
  return {
    statusCode: response.status,
    headers: { ...Object.fromEntries(response.header ?? []), ...answerHeaders },
    body: response.body === undefined ? "" : (await readBody(response.body)).toString("base64"),
    isBase64Encoded: true,
  };
}

function plainResultOf({ header, body }: PlainAnswer, answerHeaders: AnswerHeaders): APIGatewayProxyStructuredResultV2 {
  const bytes = Buffer.from(body.buffer, body.byteOffset, body.byteLength);
  return {
    statusCode: 200,
    headers: { ...header, ...answerHeaders },
    body: bytes.toString("base64"),
    isBase64Encoded: true,
  };
}
