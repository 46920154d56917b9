import { type ConnectRouter, createConnectRouter } from "@connectrpc/connect";
import type { UniversalHandlerFn } from "@connectrpc/connect/protocol";
import { connectOptions } from "./connect-options.ts";
import { speaksGrpcWebText, throughGrpcWebText } from "./grpc-web-text.ts";

/**
 * Serves the routes over Connect and gRPC-web, binary and text, for a host that can turn its requests into Connect's
 * universal form.
 */
export function createUniversalHandler(routes: (router: ConnectRouter) => void): UniversalHandlerFn {
  const router = createConnectRouter(connectOptions);
  routes(router);
  const handlers = new Map(router.handlers.map((handler) => [handler.requestPath, handler]));
  return async (request) => {
    const handler = handlers.get(new URL(request.url).pathname);
    if (handler === undefined) return { status: 404 };
    if (!handler.allowedMethods.includes(request.method)) {
      return { status: 405, header: new Headers({ allow: handler.allowedMethods.join(", ") }) };
    }
    return speaksGrpcWebText(request.header) ? throughGrpcWebText(handler, request) : handler(request);
  };
}
