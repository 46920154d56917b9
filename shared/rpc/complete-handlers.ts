import { Code, ConnectError, type ConnectRouter } from "@connectrpc/connect";
import type { UniversalHandler, UniversalHandlerFn } from "@connectrpc/connect/protocol";
import { speaksGrpcWebText, throughGrpcWebText } from "./grpc-web-text.ts";
import { blameCaller } from "./malformed-request.ts";

/**
 * Routes whose handlers also do what Connect's own leave out: gRPC-web in text form, the Allow header of a 405, and an
 * honest code for bytes that are no message.
 */
export function completed(routes: (router: ConnectRouter) => void): (router: ConnectRouter) => void {
  return (router) => {
    routes(router);
    router.handlers.forEach((handler, index) => {
      const { protocolNames, service, method, requestPath, allowedMethods, supportedContentType } = handler;
      const known = { protocolNames, service, method, requestPath, allowedMethods, supportedContentType };
      router.handlers[index] = Object.assign(completedHandler(handler), known);
    });
  };
}

function completedHandler(handler: UniversalHandler): UniversalHandlerFn {
  const handle: UniversalHandlerFn = async (request) => blameCaller(await handler(request));
  return async (incoming) => {
    const request = { ...incoming, body: readToTheEnd(incoming.body as AsyncIterable<Uint8Array>) };
    if (!handler.allowedMethods.includes(request.method)) {
      return { status: 405, header: new Headers({ allow: handler.allowedMethods.join(", ") }) };
    }
    return speaksGrpcWebText(request.header) ? throughGrpcWebText(handle, request) : handle(request);
  };
}

/**
 * A body that is read to its end even if its reader gives up, as it does when a message is too large. Breaking off
 * would cut the connection before the caller has sent everything and can read the answer. The host's request timeout
 * bounds how long it may go on.
 * @throws ConnectError, to whoever reads the body.
 */
async function* readToTheEnd(body: AsyncIterable<Uint8Array>): AsyncIterable<Uint8Array> {
  const chunks = body[Symbol.asyncIterator]();
  let isAtEnd = false;
  try {
    for (;;) {
      const chunk = await chunks.next().catch(blameConnection);
      isAtEnd = chunk.done === true;
      if (chunk.done) return;
      yield chunk.value;
    }
  } finally {
    if (!isAtEnd) void discard(chunks);
  }
}

/** A body of the host's own says what it refuses; else its connection broke, which is no fault of ours. */
function blameConnection(cause: unknown): never {
  if (cause instanceof ConnectError) throw cause;
  throw new ConnectError("the client hung up", Code.Canceled, undefined, undefined, cause);
}

async function discard(chunks: AsyncIterator<Uint8Array>): Promise<void> {
  try {
    while (!(await chunks.next()).done);
  } catch {
    // the caller hung up, which ends the body as well
  }
}
