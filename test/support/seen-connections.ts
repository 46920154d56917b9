import type { Duplex } from "node:stream";
import type { Egress } from "../../shared/egress/egress.ts";

/** The same egress, and every connection of HTTP/2 that it has opened since. */
export function withSeenConnections(egress: Egress): { egress: Egress; opened: Duplex[] } {
  const opened: Duplex[] = [];
  const createConnection = (authority: URL): Duplex => {
    const connection = egress.createConnection(authority);
    opened.push(connection);
    return connection;
  };
  return { egress: { ...egress, createConnection }, opened };
}
