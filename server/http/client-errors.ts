import { type IncomingMessage, type Server, type ServerResponse, STATUS_CODES } from "node:http";
import type { Socket } from "node:net";
import { securityHeaders } from "../../shared/rpc/security-headers.ts";

/** How long a client may go on sending what was refused, so that it can read the answer before its connection is cut. */
const LINGER_MS = 1_000;

const STATUS_OF: Readonly<Record<string, number>> = {
  ERR_HTTP_REQUEST_TIMEOUT: 408,
  HPE_HEADER_OVERFLOW: 431,
  HPE_CHUNK_EXTENSIONS_OVERFLOW: 413,
};

/** Answers what is no HTTP, or takes too long to become some, and closes its connection. */
export function answerClientError({ code = "" }: NodeJS.ErrnoException, socket: Socket): void {
  if (code === "ECONNRESET" || !socket.writable) {
    socket.destroy();
    return;
  }
  const status = STATUS_OF[code] ?? 400;
  const headers = Object.entries({ ...securityHeaders, connection: "close", "content-length": "0" });
  const head = headers.map(([name, value]) => `${name}: ${value}\r\n`).join("");
  socket.end(`HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\n${head}\r\n`);
  setTimeout(() => socket.destroy(), LINGER_MS).unref();
}

/** Lets every answer of a server say what all say, also those that Node or Fastify give by themselves. */
export function addSecurityHeaders(server: Server): void {
  const add = (_request: IncomingMessage, response: ServerResponse): void => {
    for (const [name, value] of Object.entries(securityHeaders)) response.setHeader(name, value);
  };
  server.prependListener("request", add);
  // Without a listener, Node would answer these past all others.
  server.on("checkExpectation", (request, response: ServerResponse) => {
    add(request, response);
    response.writeHead(417).end();
  });
}
