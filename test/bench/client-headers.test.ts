import { createServer, type IncomingHttpHeaders } from "node:http";
import type { AddressInfo } from "node:net";
import { createClient, type Transport } from "@connectrpc/connect";
import { createConnectTransport, createGrpcWebTransport } from "@connectrpc/connect-node";
import { expect, onTestFinished, test } from "vitest";
import { CLIENT_HEADERS } from "../../bench/unchanged-poll.ts";
import { ContinuousProfilingService } from "../../shared/gen/ebpf/profiling/Continuous_pb.js";

/** What any client says, whatever its protocol: where the call goes, and how its body comes. */
const OF_HTTP = ["host", "connection", "transfer-encoding"];

const TRANSPORTS: Record<keyof typeof CLIENT_HEADERS, (baseUrl: string) => Transport> = {
  "gRPC-web": (baseUrl) => createGrpcWebTransport({ baseUrl, httpVersion: "1.1" }),
  "Connect proto": (baseUrl) => createConnectTransport({ baseUrl, httpVersion: "1.1", useBinaryFormat: true }),
  "Connect JSON": (baseUrl) => createConnectTransport({ baseUrl, httpVersion: "1.1", useBinaryFormat: false }),
};

test.each(Object.entries(TRANSPORTS))(
  "a poll of the figures says what a client says, %s",
  async (name, transportTo) => {
    const heard: IncomingHttpHeaders[] = [];
    const server = createServer((request, response) => {
      heard.push(request.headers);
      request.resume();
      response.writeHead(503, { connection: "close" }).end();
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    onTestFinished(() => void server.close());
    const { port } = server.address() as AddressInfo;
    const client = createClient(ContinuousProfilingService, transportTo(`http://127.0.0.1:${port}`));
    await expect(client.queryPolicies({})).rejects.toThrow();

    const own = Object.entries(heard[0] ?? {}).filter(([header]) => !OF_HTTP.includes(header));
    expect(Object.fromEntries(own)).toEqual(CLIENT_HEADERS[name as keyof typeof CLIENT_HEADERS]);
  },
);
