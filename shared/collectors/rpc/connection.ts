import type { Transport } from "@connectrpc/connect";
import { createConnectTransport, createGrpcTransport, createNodeHttpClient } from "@connectrpc/connect-node";
import type { Egress } from "../../egress/egress.ts";
import { createGrpcWebTransport } from "./grpc-web-transport.ts";
import { openHttp2Session } from "./http2-session.ts";

/** The way to one collector. */
export interface Connection {
  readonly transport: Transport;
  /** Ends what the connection held; a call that still runs fails. */
  close(): void;
}

/** @param url base address of the service. */
export type OpenConnection = (url: string, egress: Egress) => Connection;

const OPTIONS = {
  useBinaryFormat: true,
  acceptCompression: [],
  /** Most bytes of an answer that are read; collectors' own are empty, a command, or an error of a few lines. */
  readMaxBytes: 64 * 1_024,
};

export const openConnect: OpenConnection = (url, egress) => ({
  transport: createConnectTransport({ ...OPTIONS, baseUrl: url, ...overHttp1(url, egress) }),
  close() {},
});

export const openGrpcWeb: OpenConnection = (url, egress) => ({
  transport: createGrpcWebTransport({
    ...OPTIONS,
    baseUrl: url,
    httpClient: createNodeHttpClient(overHttp1(url, egress)),
  }),
  close() {},
});

export const openGrpc: OpenConnection = (url, egress) => {
  const session = openHttp2Session(url, egress);
  return {
    transport: createGrpcTransport({ ...OPTIONS, baseUrl: url, sessionManager: session }),
    close: () => session.close(),
  };
};

function overHttp1(url: string, egress: Egress) {
  return { httpVersion: "1.1", nodeOptions: { agent: egress.agent(url) } } as const;
}
