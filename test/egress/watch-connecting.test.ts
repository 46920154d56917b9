import http from "node:http";
import http2 from "node:http2";
import net, { createServer } from "node:net";
import tls from "node:tls";
import { describe, expect, test } from "vitest";
import { BlockedAddress, blockedAddressIn } from "../../shared/egress/blocked-address.ts";
import { watchConnecting } from "../../shared/egress/watch-connecting.ts";
import { listeningOn } from "../support/listening-on.ts";

const CLOSED = new Error("the connection was closed before an answer");

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
  return { got, connect, port };
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

describe("a connection that its peer has reset before anybody could ask for its address", () => {
  /** As Node shows it: getpeername(2) fails, and only then the reset is read. */
  function resetConnection(port: number, isSession: boolean): net.Socket {
    const socket = net.connect({ host: "127.0.0.1", port });
    Object.defineProperty(socket, "remoteAddress", { value: undefined });
    const refusal = (address: string) => new BlockedAddress(`blocked: ${address}`);
    watchConnecting(socket, { timeoutMs: 5_000, refusal, isSession });
    return socket;
  }

  test("fails a request as closed, not as refused, and gets nothing", async () => {
    const { got, port } = await refusedConnection();
    const error = await new Promise((resolve) => {
      http
        .request({ method: "POST", createConnection: () => resetConnection(port, false) })
        .on("error", resolve)
        .end("secret");
    });
    expect(error).toEqual(CLOSED);
    expect(blockedAddressIn(error)).toBeUndefined();
    expect(await got()).toBe("");
  });

  test("fails a session of HTTP/2 the same way", async () => {
    const { got, port } = await refusedConnection();
    const session = http2.connect("http://localhost", { createConnection: () => resetConnection(port, true) });
    const error = await new Promise((resolve) => {
      session.on("error", resolve);
      session
        .request({ ":path": "/secret" })
        .on("error", () => {})
        .end("secret");
    });
    expect(error).toEqual(CLOSED);
    expect(blockedAddressIn(error)).toBeUndefined();
    expect(await got()).toBe("");
  });
});
