import http from "node:http";
import http2 from "node:http2";
import net, { createServer } from "node:net";
import tls from "node:tls";
import { expect, test } from "vitest";
import { BlockedAddress } from "../../shared/egress/blocked-address.ts";
import { watchConnecting } from "../../shared/egress/watch-connecting.ts";
import { listeningOn } from "../support/listening-on.ts";

/** A server, all that it got when its connection has ended, and a connection that turns out to be refused when it is there. */
async function refusedConnection() {
  const received: Buffer[] = [];
  const ended = Promise.withResolvers<void>();
  const server = createServer((socket) => {
    socket.on("data", (chunk) => received.push(chunk));
    socket.once("close", () => ended.resolve());
  });
  const port = await listeningOn(server);
  const connect = (isSession: boolean, isTls = false) => {
    const target = { host: "127.0.0.1", port };
    const socket = isTls ? tls.connect(target) : net.connect(target);
    const refusal = (address: string) => new BlockedAddress(`blocked: ${address}`);
    watchConnecting(socket, { timeoutMs: 5_000, refusal, isSession });
    return socket;
  };
  const got = async () => {
    await ended.promise;
    return Buffer.concat(received).toString();
  };
  return { got, connect };
}

test("a request gets no byte out to an address that is refused when it is connected", async () => {
  const { got, connect } = await refusedConnection();
  const error = await new Promise((resolve) => {
    http
      .request({ method: "POST", createConnection: () => connect(false) })
      .on("error", resolve)
      .end("secret");
  });
  expect(error).toEqual(new BlockedAddress("blocked: 127.0.0.1"));
  expect(await got()).toBe("");
});

test.each([true, false])("TLS does not even begin with it, in a session of HTTP/2: %s", async (isSession) => {
  const { got, connect } = await refusedConnection();
  const error = await new Promise((resolve) => connect(isSession, true).on("error", resolve));
  expect(error).toEqual(new BlockedAddress("blocked: 127.0.0.1"));
  expect(await got()).toBe("");
});

test("a session of HTTP/2 gets no byte out to an address that is refused when it is connected", async () => {
  const { got, connect } = await refusedConnection();
  const session = http2.connect("http://localhost", { createConnection: () => connect(true) });
  const error = await new Promise((resolve) => {
    session.on("error", resolve);
    session
      .request({ ":path": "/secret" })
      .on("error", () => {})
      .end("secret");
  });
  expect(error).toEqual(new BlockedAddress("blocked: 127.0.0.1"));
  expect(await got()).toBe("");
});
