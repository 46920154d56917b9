import type { Socket } from "node:net";
import { TLSSocket } from "node:tls";
import type { BlockedAddress } from "./blocked-address.ts";

export interface Watch {
  timeoutMs: number;
  /** Why an address is not allowed. */
  refusal(address: string): BlockedAddress | undefined;
  /** Whether a session of HTTP/2 takes the connection. */
  isSession: boolean;
}

/**
 * Ends a connection that is not ready within a time, TLS included, or that came about with an address that is refused:
 * so no way past the lookup is left. Call it before anybody else listens, so that nothing is sent first.
 */
export function watchConnecting(socket: Socket, { timeoutMs, refusal, isSession }: Watch): void {
  const isTls = socket instanceof TLSSocket;
  const timer = setTimeout(() => {
    socket.destroy(new Error(`no connection within ${timeoutMs} ms`));
  }, timeoutMs);
  // A session starts on the event that says the connection is ready, and Node aborts the process if it finds none then;
  // what it sends, it sends later. A request and TLS send on the event itself.
  const endLater = (error: Error): void => process.nextTick(() => socket.destroy(error));

  socket.prependOnceListener("connect", () => {
    // A connection that the peer has reset already has no address any more. Nobody can judge it: that refuses no address.
    const { remoteAddress } = socket;
    const problem =
      remoteAddress === undefined ? new Error("the connection was closed before an answer") : refusal(remoteAddress);
    if (problem === undefined) return;
    if (isSession && !isTls) endLater(problem);
    else socket.destroy(problem);
  });
  socket.once(isTls ? "secureConnect" : "connect", () => {
    clearTimeout(timer);
    // RFC 9113 §3.2: over TLS, HTTP/2 is agreed upon by ALPN.
    if (isTls && isSession && socket.alpnProtocol !== "h2") {
      endLater(new Error("TLS failed: HTTP/2 is not spoken there"));
    }
  });
  socket.once("close", () => clearTimeout(timer));
}
