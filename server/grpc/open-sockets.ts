import type { Server as NetServer, Socket } from "node:net";
import type { Server } from "@grpc/grpc-js";

/**
 * Follows the connections of a server that listens already. grpc-js knows them as HTTP/2 sessions only: once it has ended
 * one, a client that keeps its side open would keep the socket, and with it the server, for as long as it likes.
 */
export function openSocketsOf(server: Server): ReadonlySet<Socket> {
  const sockets = new Set<Socket>();
  // grpc-js has no public name for it.
  const { http2Servers } = server as unknown as { http2Servers: Map<NetServer, unknown> };
  for (const listener of http2Servers.keys()) {
    listener.on("connection", (socket: Socket) => {
      sockets.add(socket);
      socket.once("close", () => sockets.delete(socket));
    });
  }
  return sockets;
}
