import { once } from "node:events";
import { readFileSync } from "node:fs";
import http from "node:http";
import http2, { type ServerHttp2Stream } from "node:http2";
import type { AddressInfo, Server, Socket } from "node:net";
import { onTestFinished } from "vitest";
import type { RpcCollector, RpcKindName } from "../../shared/collectors/rpc/rpc-collector.ts";
import { validateCollector } from "../../shared/collectors/validate-collector.ts";
import { createEgress } from "../../shared/egress/egress.ts";
import { type RpcDouble, startRpcDouble } from "./rpc-double.ts";

export const KINDS: RpcKindName[] = ["connect", "grpc", "grpc-web"];
export const LOOPBACK = ["127.0.0.0/8", "::1/128"];
const tlsFile = (name: string) => readFileSync(new URL(`../support/tls/${name}.pem`, import.meta.url));
export const TLS = { key: tlsFile("key"), cert: tlsFile("cert") };
/** Trusts whoever has `TLS`. */
export const egress = createEgress({ networks: LOOPBACK, ca: String(TLS.cert) });
export const CONTEXT = { stack: "flashpoint", egress };
/** A collector of both tasks and profiles. */
export function collectorAt(kind: RpcKindName, url: string): RpcCollector {
  const item = { name: "calls", kind, url, events: ["tasks", "profiles"] };
  const read = validateCollector(item);
  if (!read.ok) throw new Error(JSON.stringify(read.faults));
  return read.collector as RpcCollector;
}

/** A service of this kind until the test is finished, and the collector that it is. */
export async function service(
  kind: RpcKindName,
  tls?: typeof TLS,
): Promise<{ double: RpcDouble; collector: RpcCollector }> {
  const double = await startRpcDouble(kind, tls);
  onTestFinished(() => double.close());
  return { double, collector: collectorAt(kind, double.url) };
}

/** What listens in place of a collector, and how many connections it still has. */
export async function listening(server: Server): Promise<{ url: string; open: () => Promise<number> }> {
  const sockets = new Set<Socket>();
  server.on("connection", (socket: Socket) => {
    sockets.add(socket);
    socket.on("error", () => {}).once("close", () => sockets.delete(socket));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(async () => {
    const closed = once(server, "close");
    server.close();
    for (const socket of sockets) socket.destroy();
    await closed;
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, open: async () => sockets.size };
}

/** What answers each call with bytes of its own. */
export function answering(
  kind: RpcKindName,
  answer: { status: number; headers: Record<string, string>; body?: Buffer | string },
): Server {
  const { status, headers, body } = answer;
  if (kind !== "grpc") {
    return http.createServer((request, response) => {
      request.resume();
      response.writeHead(status, headers).write(body ?? "", () => request.socket.destroySoon());
    });
  }
  return http2.createServer().on("stream", (stream: ServerHttp2Stream) => {
    stream.on("error", () => {});
    stream.respond({ ":status": status, ...headers });
    stream.end(body);
  });
}
