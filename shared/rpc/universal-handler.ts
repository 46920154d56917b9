import { type ConnectRouter, createConnectRouter } from "@connectrpc/connect";
import type { UniversalHandlerFn, UniversalServerResponse } from "@connectrpc/connect/protocol";
import { completed } from "./complete-handlers.ts";
import { connectOptions } from "./connect-options.ts";
import { resuming } from "./findings.ts";
import { type AnswerPlainly, answeringPlainly, createPlainCalls } from "./plain-calls.ts";
import { routedMethods } from "./routed-methods.ts";

/** Answers whatever comes; what it is handed after `plainly` has left it, it takes up from there. */
export type CallHandler = UniversalHandlerFn & {
  /** A shorter way to the same answers, for those calls that it takes. */
  readonly plainly: AnswerPlainly;
};

/**
 * Serves the routes over Connect and gRPC-web, binary and text, for a host that can turn its requests into Connect's
 * universal form.
 * @param otherwise answers what is asked for at no path of theirs.
 */
export function createUniversalHandler(
  routes: (router: ConnectRouter) => void,
  otherwise: UniversalHandlerFn = notFound,
): CallHandler {
  const methods = routedMethods(routes);
  const router = createConnectRouter(connectOptions);
  completed(resuming(methods))(router);
  const handlers = new Map(router.handlers.map((handler) => [handler.requestPath, handler]));
  const handle: UniversalHandlerFn = async (request) =>
    (handlers.get(new URL(request.url).pathname) ?? otherwise)(request);
  return Object.assign(handle, { plainly: answeringPlainly(createPlainCalls(methods)) });
}

async function notFound(): Promise<UniversalServerResponse> {
  return { status: 404 };
}
