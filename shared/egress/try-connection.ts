import type { Duplex } from "node:stream";
import { setImmediate as nextTurn } from "node:timers/promises";
import { TLSSocket } from "node:tls";
import { connectionErrorText } from "./connection-error-text.ts";
import type { Egress } from "./egress.ts";

/**
 * Opens a connection as a delivery would, TLS included, under the same rules of where it may go, and closes it again.
 * Nothing is sent.
 * @param isSession whether HTTP/2 is to be spoken.
 * @returns why it did not come about; undefined if it did.
 */
export async function tryConnection(
  url: string,
  { egress, isSession }: { egress: Pick<Egress, "agent" | "createConnection">; isSession: boolean },
): Promise<string | undefined> {
  const socket = isSession ? egress.createConnection(new URL(url)) : openPlain(url, egress);
  try {
    await new Promise<void>((resolve, reject) => {
      socket.once(socket instanceof TLSSocket ? "secureConnect" : "connect", resolve).once("error", reject);
      socket.once("close", () => reject(new Error("the connection was closed")));
    });
    await nextTurn(); // a session whose address is refused ends after it was ready
    return socket.errored === null ? undefined : connectionErrorText(socket.errored);
  } catch (error) {
    return connectionErrorText(error);
  } finally {
    socket.on("error", () => {});
    socket.destroy();
  }
}

function openPlain(url: string, { agent }: Pick<Egress, "agent">): Duplex {
  const { protocol, hostname, port } = new URL(url);
  const host = hostname.replace(/^\[(.*)\]$/, "$1");
  const asked = { host, port: Number(port || (protocol === "https:" ? 443 : 80)) };
  const socket = agent(url).createConnection(asked, () => {});
  if (socket === undefined || socket === null) throw new Error("no connection was opened");
  return socket;
}
