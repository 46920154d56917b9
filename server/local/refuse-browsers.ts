import type { IncomingMessage, RequestListener, Server, ServerResponse } from "node:http";
import { isIP } from "node:net";

/**
 * Has a server answer 403 to what a page in a browser sends. The embedded engines take orders from everybody on this
 * machine, and a browser carries those of strangers: dynalite even lets pages of any origin call it. Tools for AWS send
 * no Origin and call an address or a local name.
 */
export function refuseBrowsers(server: Server): void {
  const listeners = server.listeners("request") as RequestListener[];
  server.removeAllListeners("request");
  server.on("request", (request: IncomingMessage, response: ServerResponse & { req: IncomingMessage }) => {
    if (!isFromPage(request)) {
      for (const listener of listeners) listener.call(server, request, response);
      return;
    }
    response
      .writeHead(403, { "content-type": "text/plain", connection: "close" })
      .end("the embedded engines take no requests from web pages\n");
  });
}

/**
 * Browsers send Origin with every request but plain reads (Fetch standard, "append a request Origin header"). A page may
 * read what its own name leads to, and that name may lead here a moment later (DNS rebinding); but for that it takes a
 * public name: one with a dot, whose end is none of those kept for names at home (RFC 6761 §6.3, and ICANN's `internal`).
 */
function isFromPage({ headers }: IncomingMessage): boolean {
  return headers.origin !== undefined || isPublicName(headers.host ?? "");
}

function isPublicName(host: string): boolean {
  const name = host.replace(/:\d*$/, "").toLowerCase();
  if (!name.includes(".") || isIP(name) !== 0) return false;
  return !name.endsWith(".localhost") && !name.endsWith(".internal");
}
