import type { Http2Session } from "node:http2";
import type { Server as NetServer, Socket } from "node:net";
import type { Server } from "@grpc/grpc-js";

/** How long a connection may go on without being of use to a caller, in milliseconds. */
export interface ConnectionLimits {
  /** From its beginning, TLS and all, to the headers of its first call. */
  firstCallMs: number;
  /** Without any call. */
  idleMs: number;
  /** From the moment that we have ended it to the moment that its client has, too. */
  lingerMs: number;
  /** How often the above is looked at, so that a limit may be passed by so much. */
  checkedEveryMs: number;
}

/** Agents poll every 10 s. */
export const CONNECTION_LIMITS: ConnectionLimits = {
  firstCallMs: 30_000,
  idleMs: 300_000,
  lingerMs: 10_000,
  checkedEveryMs: 2_000,
};

interface Connection {
  readonly socket: Socket;
  readonly begunAt: number;
  hasCalled: boolean;
  /** What we write to: the socket, or TLS on it. */
  written: Socket;
  endedAt: number | undefined;
}

/** The connections of a server that listens. */
export interface Connections {
  /** Cuts all that are open, and looks no more. */
  destroyAll(): void;
}

/**
 * Bounds how many connections a server that listens has, and how long one may stay that makes no call or does not go.
 * grpc-js knows connections as HTTP/2 sessions only: of one that is silent, or within its TLS handshake, it knows
 * nothing, and once it has ended one, a client that keeps its side open would keep the socket for as long as it likes.
 * @param refused is told of each connection that is one too many. It is closed before anything of it is read.
 */
export function watchConnections(
  server: Server,
  { firstCallMs, lingerMs, checkedEveryMs }: ConnectionLimits,
  { maxConnections, refused }: { maxConnections: number; refused: () => void },
): Connections {
  const all = new Set<Connection>();
  // grpc-js has no public name for it.
  const { http2Servers } = server as unknown as { http2Servers: Map<NetServer, unknown> };
  for (const listener of http2Servers.keys()) {
    listener.maxConnections = maxConnections;
    listener.on("drop", refused);
    follow(listener, all);
  }

  const check = (): void => {
    const now = performance.now();
    for (const connection of all) {
      const { socket, begunAt, hasCalled, written } = connection;
      // Not by an event: `finish` comes only once a client has taken all that was written.
      if (written.writableEnded) connection.endedAt ??= now;
      const isSilent = !hasCalled && now - begunAt >= firstCallMs;
      const lingers = connection.endedAt !== undefined && now - connection.endedAt >= lingerMs;
      if (isSilent || lingers) socket.destroy();
    }
  };
  const checking = setInterval(check, checkedEveryMs).unref();
  return {
    destroyAll() {
      clearInterval(checking);
      for (const { socket } of all) socket.destroy();
    },
  };
}

/** Keeps `all` the connections of this listener, and says which of them have made a call. */
function follow(listener: NetServer, all: Set<Connection>): void {
  const byPeer = new Map<string, Connection>();
  // Before Node makes a session of it, which it does in its own listener.
  listener.prependListener("connection", (socket: Socket) => {
    const connection = {
      socket,
      begunAt: performance.now(),
      hasCalled: false,
      written: socket,
      endedAt: undefined,
    };
    const peer = peerOf(socket);
    all.add(connection);
    byPeer.set(peer, connection);
    socket.once("close", () => {
      all.delete(connection);
      if (byPeer.get(peer) === connection) byPeer.delete(peer);
    });
  });
  listener.prependListener("secureConnection", (socket: Socket) => {
    const connection = byPeer.get(peerOf(socket));
    if (connection !== undefined) connection.written = socket;
  });
  listener.prependListener("session", (session: Http2Session) => {
    const connection = session.socket === undefined ? undefined : byPeer.get(peerOf(session.socket as Socket));
    if (connection === undefined) return;
    session.once("stream", () => {
      connection.hasCalled = true;
    });
  });
}

/** Names a connection of a listener while it is open, in cleartext as with TLS around it. */
function peerOf({ remoteAddress, remotePort }: Socket): string {
  return `${remoteAddress} ${remotePort}`;
}
