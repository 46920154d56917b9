import { once } from "node:events";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { Arrivals } from "./arrivals.ts";

/** What a collector does with a request. All but `accept` and `404` ask for another attempt. */
export type Reaction =
  | "accept"
  | "404"
  | "500"
  | "429 with Retry-After"
  | "connection reset"
  | "no answer"
  | "garbage bytes"
  | "cut off";

/** A webhook that can misbehave. */
export interface CollectorUnderFire {
  readonly url: string;
  open(): Promise<void>;
  /** Nobody listens any more; every connection is reset. */
  close(): Promise<void>;
}

/** Makes a webhook on 127.0.0.1 that notes what arrives. It is closed at first. */
export function createCollectorUnderFire(options: {
  port: number;
  arrivals: Arrivals;
  /** @param attempt how often the event was sent until now, from 1. */
  reaction: (id: string, attempt: number) => Reaction;
}): CollectorUnderFire {
  const { port, arrivals, reaction } = options;
  let server: Server | undefined;

  async function take(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const { id, attempt } = arrivals.attempt(request.headers, Buffer.concat(chunks).toString("utf8"));
    const reacted = reaction(id, attempt);
    // What is not sent was not taken: the listener may have closed in between.
    if (reacted === "accept" && response.socket?.destroyed === false) arrivals.accept(id);
    react(reacted, response);
  }

  return {
    url: `http://127.0.0.1:${port}/events`,
    async open() {
      server = createServer((request, response) => {
        take(request, response).catch(() => response.destroy()); // cut off while it was read
      });
      server.listen(port, "127.0.0.1");
      await once(server, "listening");
    },
    async close() {
      if (server === undefined) return;
      const closed = once(server, "close");
      server.close();
      server.closeAllConnections();
      server = undefined;
      await closed;
    },
  };
}

function react(reaction: Reaction, response: ServerResponse): void {
  switch (reaction) {
    case "accept":
      return void response.writeHead(204).end();
    case "404":
      return void response.writeHead(404).end("not here");
    case "500":
      return void response.writeHead(500).end("out of order");
    case "429 with Retry-After":
      return void response.writeHead(429, { "retry-after": "1" }).end();
    case "connection reset":
      return void response.socket?.resetAndDestroy();
    case "garbage bytes":
      return void response.socket?.end(Buffer.from([0x16, 0x03, 0xff, 0x00, 0x0d, 0x0a, 0x00, 0xfe]));
    case "cut off":
      return void response.socket?.end("HTTP/1.1 200 OK\r\ncontent-le");
    case "no answer":
      return; // until the sender has had enough
  }
}
