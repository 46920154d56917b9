import { type Server, type ServerResponse, STATUS_CODES } from "node:http";
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

/** Lets an answer say what all say, also one that Node or Fastify gives by itself. */
export function addSecurityHeaders(response: ServerResponse): void {
  for (const [name, value] of Object.entries(securityHeaders)) response.setHeader(name, value);
}

/** Answers requests that expect anything but to go on. Without it, Node would answer them past everybody. */
export function answerExpectations(server: Server): void {
  server.on("checkExpectation", (_request, response: ServerResponse) => {
    addSecurityHeaders(response);
    response.writeHead(417).end();
  });
}
