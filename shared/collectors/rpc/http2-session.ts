import http2, { type ClientHttp2Stream, type IncomingHttpHeaders } from "node:http2";
import type { Duplex } from "node:stream";
import { Code, ConnectError } from "@connectrpc/connect";
import type { Http2SessionManager } from "@connectrpc/connect-node";
import type { Egress } from "../../egress/egress.ts";
import { decodableMessage } from "./grpc-message.ts";

/** What Connect asks of a session, and its end. */
export interface Http2Session extends Pick<Http2SessionManager, "authority" | "request" | "notifyResponseByteRead"> {
  /** Ends the connection with all that runs over it. */
  close(): void;
}

/**
 * A connection over HTTP/2 for one call. It is opened by the request and not kept for the next: one that died in between,
 * as while a Lambda was frozen, would fail a delivery.
 */
export function openHttp2Session(url: string, egress: Egress): Http2Session {
  const { origin } = new URL(url);
  let socket: Duplex | undefined;

  return {
    authority: origin,
    request: (method, path, headers, options) =>
      new Promise((resolve, reject) => {
        const session = http2.connect(origin, {
          settings: { enablePush: false },
          createConnection(authority) {
            socket = egress.createConnection(authority);
            return socket;
          },
        });
        session.on("error", reject);
        session.once("close", () => reject(new ConnectError("connection closed", Code.Unavailable)));
        session.once("connect", (opened) => {
          try {
            const stream = opened.request({ ...headers, ":method": method, ":path": path }, options);
            stream.on("error", () => {}); // one before Connect listens would end the process
            mendStatus(stream);
            resolve(stream);
          } catch (error) {
            reject(error);
          }
        });
      }),
    notifyResponseByteRead() {},
    // Not the session: after a GOAWAY, it would leave the connection half open.
    close: () => void socket?.destroy(),
  };
}

/** Listens before Connect does, which reads the same headers: those of an answer without a body hold its status. */
function mendStatus(stream: ClientHttp2Stream): void {
  const mend = (headers: IncomingHttpHeaders): void => {
    const message = headers["grpc-message"];
    if (typeof message === "string") headers["grpc-message"] = decodableMessage(message);
  };
  stream.on("response", mend).on("trailers", mend);
}
