import { once } from "node:events";
import http from "node:http";
import https from "node:https";
import type { AddressInfo, Socket } from "node:net";
import { type DescMessage, type MessageShape, toBinary } from "@bufbuild/protobuf";
import { Code, ConnectError, type ConnectRouter, type HandlerContext } from "@connectrpc/connect";
import { connectNodeAdapter } from "@connectrpc/connect-node";
import {
  Metadata,
  type MethodDefinition,
  Server,
  ServerCredentials,
  type ServerUnaryCall,
  type sendUnaryData,
} from "@grpc/grpc-js";
import { loadSync } from "@grpc/proto-loader";
import { createArrivals } from "../../server/demo/arrivals.ts";
import type { RpcKindName } from "../../shared/collectors/rpc/rpc-collector.ts";
import { ProfilingTaskCollector } from "../../shared/gen/flashpoint/v1/collector_pb.js";

/** One call, read by the contract itself and not by what our code is generated from. */
export interface RpcCall {
  readonly method: string;
  /** Also known as metadata; names in small letters. */
  readonly headers: Readonly<Record<string, string>>;
  /** Enums by name, 64-bit numbers as text; no fields that hold their default. */
  readonly request: Readonly<Record<string, unknown>>;
}

export interface RpcDouble {
  readonly url: string;
  /** In the order of arrival, whatever was answered. */
  readonly calls: readonly RpcCall[];
  /** From now on. A ConnectError becomes the protocol's own. */
  answer(answer: (call: RpcCall) => Promise<void> | void): void;
  close(): Promise<void>;
}

const METHODS = readMethods();

/** A service on 127.0.0.1 that implements `flashpoint.v1.ProfilingTaskCollector` and speaks one protocol. */
export async function startRpcDouble(kind: RpcKindName, tls?: { key: Buffer; cert: Buffer }): Promise<RpcDouble> {
  const calls = createArrivals<RpcCall>("call");
  let next: (call: RpcCall) => Promise<void> | void = () => {};
  const take = async (call: RpcCall): Promise<void> => {
    calls.add(call);
    await next(call);
  };
  const { port, close } = await (kind === "grpc" ? startGrpc(take, tls) : startHttp(kind, take, tls));
  return {
    url: tls === undefined ? `http://127.0.0.1:${port}` : `https://localhost:${port}`,
    calls: calls.all,
    answer(answer) {
      next = answer;
    },
    close,
  };
}

type Take = (call: RpcCall) => Promise<void>;

/** Connect or gRPC-web over HTTP/1.1, by Connect's own server. */
async function startHttp(kind: RpcKindName, take: Take, tls?: { key: Buffer; cert: Buffer }) {
  const takeMessage = async <M extends DescMessage>(schema: M, request: MessageShape<M>, context: HandlerContext) => {
    const headers = Object.fromEntries(context.requestHeader);
    const { name } = context.method;
    await take({ method: name, headers, request: methodNamed(name).requestDeserialize(bytesOf(schema, request)) });
    return {};
  };
  const adapter = connectNodeAdapter({
    connect: kind === "connect",
    grpcWeb: kind === "grpc-web",
    grpc: false,
    routes: (router: ConnectRouter) => {
      const { collectTask, collectProfile } = ProfilingTaskCollector.method;
      router.service(ProfilingTaskCollector, {
        collectTask: (request, context) => takeMessage(collectTask.input, request, context),
        collectProfile: (request, context) => takeMessage(collectProfile.input, request, context),
      });
    },
  });
  const server = tls === undefined ? http.createServer(adapter) : https.createServer(tls, adapter);
  const sockets = new Set<Socket>();
  server.on("connection", (socket: Socket) => sockets.add(socket));
  server.listen(0, tls === undefined ? "127.0.0.1" : "localhost");
  await once(server, "listening");
  return {
    port: (server.address() as AddressInfo).port,
    async close() {
      const closed = once(server, "close");
      server.close();
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}

/** gRPC by grpc-js. */
async function startGrpc(take: Take, tls?: { key: Buffer; cert: Buffer }) {
  const server = new Server();
  const unary =
    (method: string) =>
    (call: ServerUnaryCall<Record<string, unknown>, object>, callback: sendUnaryData<object>): void => {
      const headers = Object.fromEntries(Object.entries(call.metadata.getMap()).map(([name, v]) => [name, String(v)]));
      take({ method, headers, request: call.request }).then(
        () => callback(null, {}),
        (error) => callback(grpcErrorOf(error)),
      );
    };
  server.addService(METHODS, Object.fromEntries(Object.keys(METHODS).map((method) => [method, unary(method)])));
  const credentials =
    tls === undefined
      ? ServerCredentials.createInsecure()
      : ServerCredentials.createSsl(null, [{ private_key: tls.key, cert_chain: tls.cert }]);
  const host = tls === undefined ? "127.0.0.1" : "localhost";
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync(`${host}:0`, credentials, (error, bound) => (error === null ? resolve(bound) : reject(error)));
  });
  return { port, close: async () => server.forceShutdown() };
}

/** A code has the same number in both. */
function grpcErrorOf(error: unknown) {
  const { code, rawMessage, metadata } = ConnectError.from(error, Code.Unknown);
  const trailers = new Metadata();
  for (const [name, value] of metadata) trailers.set(name, value);
  return { code: code as number, details: rawMessage, metadata: trailers };
}

type Methods = Record<string, MethodDefinition<Record<string, unknown>, object>>;

function readMethods(): Methods {
  const includeDirs = [new URL("../../proto", import.meta.url).pathname];
  const loaded = loadSync("flashpoint/v1/collector.proto", { includeDirs, longs: String, enums: String });
  return loaded["flashpoint.v1.ProfilingTaskCollector"] as unknown as Methods;
}

function methodNamed(name: string) {
  const method = METHODS[name];
  if (method === undefined) throw new Error(`the contract has no method ${name}`);
  return method;
}

function bytesOf<M extends DescMessage>(schema: M, message: MessageShape<M>): Buffer {
  return Buffer.from(toBinary(schema, message));
}
