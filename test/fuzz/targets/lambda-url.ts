import type { LambdaFunctionURLEvent } from "aws-lambda";
import type { FunctionUrlHandler } from "../../../functions/agent-api/function-url.ts";
import { judgeHttp } from "../http-answer.ts";
import { type HttpRequest, randomHttpRequest } from "../http-request.ts";
import type { Random } from "../random.ts";
import type { Target } from "../target.ts";
import { oddText } from "../texts.ts";

const ODD_EVENTS = 0.2;
const ODD_VALUES: readonly unknown[] = [
  undefined,
  null,
  "",
  "x",
  0,
  -1,
  true,
  [],
  {},
  [null],
  { http: null },
  "\ud800",
  "%",
];
const SHOWN = 600;

/** What a Function URL hands to its function, and what it never would. */
export function createLambdaUrl({ handler, token }: { handler: FunctionUrlHandler; token: string }): Target {
  return {
    name: "lambda-url",
    weight: 44,
    async run(random, _index, tell) {
      const request = randomHttpRequest(random, token);
      const event = eventOf(random, request);
      if (random.chance(ODD_EVENTS)) makeOdd(random, event);
      tell(JSON.stringify(event)?.slice(0, SHOWN));
      const { statusCode, headers, body, isBase64Encoded } = await handler(event as unknown as LambdaFunctionURLEvent);
      if (typeof statusCode !== "number") return { kind: "no status", fault: "the answer has no status" };
      const bytes = Buffer.from(body ?? "", isBase64Encoded ? "base64" : "utf8");
      return judgeHttp({ status: statusCode, headers: headers as Record<string, string>, body: bytes }, request.path);
    },
  };
}

type AnyEvent = Record<string, unknown> & { requestContext: Record<string, unknown> };

/** Payload format 2.0. A body may be text or base64, and may say the wrong one. */
function eventOf(random: Random, { method, path, headers, body }: HttpRequest): AnyEvent {
  const [rawPath = "", rawQueryString = ""] = path.split("?");
  const isBase64Encoded = random.chance(0.8);
  const isLying = random.chance(0.1);
  return {
    version: "2.0",
    routeKey: "$default",
    rawPath,
    rawQueryString,
    headers: { host: "function-url.test", ...headers },
    requestContext: {
      accountId: "anonymous",
      domainName: "function-url.test",
      http: { method, path: rawPath, protocol: "HTTP/1.1", sourceIp: "127.0.0.1", userAgent: "fuzz" },
      stage: "$default",
    },
    ...(body.length > 0 && { body: body.toString(isBase64Encoded ? "base64" : "utf8") }),
    isBase64Encoded: isLying ? !isBase64Encoded : isBase64Encoded,
  };
}

/** Puts something else in the place of one of its parts. */
function makeOdd(random: Random, event: AnyEvent): void {
  const { requestContext, headers } = event;
  const parts = [event, event, requestContext, requestContext.http, headers] as Record<string, unknown>[];
  const part = random.pick(parts);
  const key = random.chance(0.8) ? random.pick(Object.keys(part)) : oddText(random);
  const value = random.chance(0.6) ? random.pick(ODD_VALUES) : oddText(random);
  Object.defineProperty(part, key, { value, enumerable: true, configurable: true, writable: true });
}
