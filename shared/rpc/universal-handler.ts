import { type ConnectRouter, createConnectRouter } from "@connectrpc/connect";
import type { UniversalHandlerFn, UniversalServerResponse } from "@connectrpc/connect/protocol";
import { completed } from "./complete-handlers.ts";
import { connectOptions } from "./connect-options.ts";

/**
 * Serves the routes over Connect and gRPC-web, binary and text, for a host that can turn its requests into Connect's
 * universal form.
 * @param otherwise answers what is asked for at no path of theirs.
 */
export function createUniversalHandler(
  routes: (router: ConnectRouter) => void,
  otherwise: UniversalHandlerFn = notFound,
): UniversalHandlerFn {
  const router = createConnectRouter(connectOptions);
  completed(routes)(router);
  const handlers = new Map(router.handlers.map((handler) => [handler.requestPath, handler]));
  return async (request) => (handlers.get(new URL(request.url).pathname) ?? otherwise)(request);
}

async function notFound(): Promise<UniversalServerResponse> {
  return { status: 404 };
}
