import {
  Code,
  ConnectError,
  type ConnectRouter,
  type ConnectRouterOptions,
  createConnectRouter,
  type HandlerContext,
} from "@connectrpc/connect";
import type { UniversalHandlerFn } from "@connectrpc/connect/protocol";
import type { LambdaFunctionURLEvent } from "aws-lambda";
import { expect } from "vitest";
import { createFunctionUrlHandler } from "../../functions/agent-api/function-url.ts";
import {
  type ContinuousProfilingPolicyQuery,
  type ContinuousProfilingReport,
  ContinuousProfilingService,
} from "../../shared/gen/ebpf/profiling/Continuous_pb.js";
import { completed } from "../../shared/rpc/complete-handlers.ts";
import { connectOptions } from "../../shared/rpc/connect-options.ts";
import { createUniversalHandler } from "../../shared/rpc/universal-handler.ts";
import { eventOf } from "./lambda-fetch.ts";

export const QUERY_PATH = "/skywalking.v3.ContinuousProfilingService/queryPolicies";

/** Longer than what is compressed. */
const LONG = "policy ".repeat(1_000);
let gated: string[] = [];
let answered: string[] = [];

/** Does to a call what its header `x-do` says, and to its token what `x-gate` says. */
function routes(router: ConnectRouter): void {
  const requestGate = ({ requestHeader }: HandlerContext): void | Promise<void> => {
    const how = requestHeader.get("x-gate") ?? "";
    gated.push(how);
    const decide = (): void => {
      if (how.endsWith("refuse")) throw new ConnectError("no token", Code.Unauthenticated, { "retry-after": "7" });
    };
    return how.startsWith("later") ? Promise.resolve().then(decide) : decide();
  };
  const answer = (request: Asked, context: HandlerContext) => {
    const what = context.requestHeader.get("x-do") ?? "";
    answered.push(what);
    switch (what.replace("later ", "")) {
      case "refuse":
        throw new ConnectError("ünlikely", Code.ResourceExhausted, { "x-more": "a", "x-more-bin": "AAEC" });
      case "break":
        throw new Error("a bug");
      case "long":
        return { commands: [{ command: LONG }] };
      case "short":
        return { commands: [{ command: whatIsIn(request) }] };
      case "headers":
        context.responseHeader.set("x-own", "1");
        context.responseTrailer.set("x-own-trailer", "2");
        return { commands: [{ command: "headers" }] };
      default:
        return {};
    }
  };
  const method = (request: Asked, context: HandlerContext) => {
    const isLate = context.requestHeader.get("x-do")?.startsWith("later") ?? false;
    return isLate ? Promise.resolve().then(() => answer(request, context)) : answer(request, context);
  };
  const options: ConnectRouterOptions = { grpc: false, requestGate };
  // What a method answers at once, Connect's own type does not know.
  const methods = { queryPolicies: method, reportProfilingTask: method } as never;
  router.service(ContinuousProfilingService, methods, options);
}

type Asked = ContinuousProfilingPolicyQuery | ContinuousProfilingReport;

/** So that whoever reads a request otherwise answers otherwise. */
function whatIsIn(request: Asked): string {
  const texts = "policies" in request ? request.policies.flatMap(({ serviceName, uuid }) => [serviceName, uuid]) : [];
  return JSON.stringify(texts);
}

/** Connect's own handlers and nothing else: what every answer is held against. */
function connectAlone(): UniversalHandlerFn {
  const router = createConnectRouter(connectOptions);
  completed(routes)(router);
  const handlers = new Map(router.handlers.map((handler) => [handler.requestPath, handler]));
  return async (request) => handlers.get(new URL(request.url).pathname)?.(request) ?? { status: 404 };
}

const both = createUniversalHandler(routes);
/** How many of our answers did not come from Connect. */
let plain = 0;
const ours = createFunctionUrlHandler(
  Object.assign((request: Parameters<typeof both>[0]) => both(request), {
    plainly: async (call: Parameters<typeof both.plainly>[0]) => {
      const outcome = await both.plainly(call);
      if (outcome.answer !== undefined) plain++;
      return outcome;
    },
  }),
);
const reference = createFunctionUrlHandler(connectAlone());

/** A call through the Function URL: POST of a poll, unless it is said otherwise. */
export interface Sent {
  readonly method?: string;
  readonly path?: string;
  readonly headers?: Record<string, string>;
  readonly body?: Uint8Array;
}

async function eventFor({ method = "POST", path = QUERY_PATH, headers, body }: Sent): Promise<LambdaFunctionURLEvent> {
  const event = await eventOf(new Request(`https://function-url.test${path}`, { method: "POST", body: body ?? null }));
  const sent = Object.fromEntries(Object.entries(event.headers).filter(([name]) => name !== "content-type"));
  const { http } = event.requestContext;
  return {
    ...event,
    headers: { ...sent, ...headers },
    requestContext: { ...event.requestContext, http: { ...http, method } },
  };
}

/**
 * Sends the same to both roads, and holds status, headers and bodies against each other, and what ran for them.
 * @returns what the service was asked to do, and how often the short way answered.
 */
export async function compare(sent: Sent) {
  const event = await eventFor(sent);
  [gated, answered] = [[], []];
  const expected = await reference(event);
  const ran = [gated, answered];
  [gated, answered] = [[], []];
  plain = 0;
  const actual = await ours(event);
  expect(actual).toEqual(expected);
  expect([gated, answered]).toEqual(ran); // once, if at all
  return { statusCode: actual.statusCode, answered, plain };
}
