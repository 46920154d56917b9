import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { textOf } from "./webhook-server.ts";

/** A webhook that gives back what it got. */
export interface EchoingCollector {
  /** Address of one way to fail, of the header or part of a URL in the body that comes back with it. */
  url(way: EchoWay, what: string): string;
  /** By the path that each was sent to. */
  readonly received: readonly { path: string; headers: IncomingMessage["headers"]; body: string }[];
  close(): Promise<void>;
}

/** How the echo is written, or what comes in place of an answer. */
const WAYS = {
  plain: (text: string) => text,
  url: (text: string) => encodeURIComponent(text),
  json: (text: string) => JSON.stringify({ error: text }),
  php: (text: string) => JSON.stringify({ error: text }).replaceAll("/", "\\/"),
  base64: (text: string) => Buffer.from(text).toString("base64"),
  base64url: (text: string) => `so: ${Buffer.from(`it was ${text}`).toString("base64url")}`,
  refused: (text: string) => `no: ${text}`,
  gone: (text: string) => `gone: ${text}`,
  redirect: (text: string) => `elsewhere: ${text}`,
  connect: (text: string) => JSON.stringify({ code: "unavailable", message: `not with ${text}` }),
  taken: (text: string) => `thanks for ${text}`,
  hang: () => "",
  reset: () => "",
} as const;
export type EchoWay = keyof typeof WAYS;

const STATUSES: Partial<Record<EchoWay, number>> = { refused: 400, gone: 410, redirect: 302, connect: 503, taken: 200 };

export async function startEchoingCollector(): Promise<EchoingCollector> {
  const received: { path: string; headers: IncomingMessage["headers"]; body: string }[] = [];
  const server = createServer(async (request, response) => {
    const body = await textOf(request);
    const path = request.url ?? "";
    received.push({ path, headers: request.headers, body });
    const [, way = "", what = ""] = path.split("/");
    answer(way as EchoWay, echoed(what, request.headers, body), request, response);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  return {
    url: (way, what) => `http://127.0.0.1:${port}/${way}/${what}`,
    received,
    async close() {
      const closed = once(server, "close");
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}

function answer(way: EchoWay, echo: string, request: IncomingMessage, response: ServerResponse): void {
  if (way === "hang") return;
  if (way === "reset") return void request.socket.destroy();
  const type = way === "connect" ? "application/json" : "text/plain";
  const location = way === "redirect" ? { location: `http://127.0.0.1:9/?token=${encodeURIComponent(echo)}` } : {};
  const echoHeader = { "x-echo": encodeURIComponent(echo), "set-cookie": `session=${encodeURIComponent(echo)}` };
  response.writeHead(STATUSES[way] ?? 500, { "content-type": type, ...location, ...echoHeader }).end(WAYS[way](echo));
}

/** A header as it came and, of credentials, what they hold; or the query of the link in a body, where secrets are. */
function echoed(what: string, headers: IncomingMessage["headers"], body: string): string {
  if (what === "link") return new URL(JSON.parse(body).data?.downloadUrl || "http://none/").search;
  const value = String(headers[what] ?? "");
  const [, credentials] = /^Basic (\S+)$/.exec(value) ?? [];
  return credentials === undefined ? value : `${value} ${Buffer.from(credentials, "base64").toString("utf8")}`;
}
