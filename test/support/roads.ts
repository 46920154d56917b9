import type { MessageInitShape } from "@bufbuild/protobuf";
import { type Code, ConnectError, createClient, type Transport } from "@connectrpc/connect";
import { findTrailerError } from "@connectrpc/connect/protocol-grpc";
import { createConnectTransport, createGrpcWebTransport } from "@connectrpc/connect-node";
import {
  createGrpcWebTransport as createWebGrpcTransport,
  createConnectTransport as createWebTransport,
} from "@connectrpc/connect-web";
import type { ServiceError } from "@grpc/grpc-js";
import { createFunctionUrlHandler } from "../../functions/agent-api/function-url.ts";
import type { Commands } from "../../shared/gen/common/Common_pb.js";
import {
  type ContinuousProfilingPolicyQuerySchema,
  type ContinuousProfilingReportSchema,
  ContinuousProfilingService,
} from "../../shared/gen/ebpf/profiling/Continuous_pb.js";
import { routes } from "../../shared/routes.ts";
import { createUniversalHandler } from "../../shared/rpc/universal-handler.ts";
import { lambdaFetch } from "./lambda-fetch.ts";
import type { World } from "./world.ts";

/** One way for an agent to reach the service. Errors are ConnectErrors on every road. */
export interface Road {
  queryPolicies(query: MessageInitShape<typeof ContinuousProfilingPolicyQuerySchema>): Promise<Commands>;
  reportProfilingTask(report: MessageInitShape<typeof ContinuousProfilingReportSchema>): Promise<Commands>;
}

/** Every road into a world, by name. */
export const ROADS: Record<string, (world: World) => Road> = {
  "grpc-js on the gRPC port": ({ grpc }) => ({
    queryPolicies: (query) => grpc.call(ContinuousProfilingService.method.queryPolicies, query).catch(asConnectError),
    reportProfilingTask: (report) =>
      grpc.call(ContinuousProfilingService.method.reportProfilingTask, report).catch(asConnectError),
  }),
  "Connect with protobuf on the HTTP port": ({ httpUrl }) =>
    client(createConnectTransport({ baseUrl: httpUrl, httpVersion: "1.1", useBinaryFormat: true })),
  "Connect with JSON on the HTTP port": ({ httpUrl }) =>
    client(createConnectTransport({ baseUrl: httpUrl, httpVersion: "1.1", useBinaryFormat: false })),
  "gRPC-web on the HTTP port": ({ httpUrl }) =>
    client(createGrpcWebTransport({ baseUrl: httpUrl, httpVersion: "1.1" })),
  "Connect with protobuf through the Lambda handler": (world) =>
    client(createWebTransport({ ...lambda(world), useBinaryFormat: true })),
  "Connect with JSON through the Lambda handler": (world) => client(createWebTransport(lambda(world))),
  "gRPC-web through the Lambda handler": (world) => client(createWebGrpcTransport(lambda(world))),
};

function client(transport: Transport): Road {
  return createClient(ContinuousProfilingService, transport);
}

function lambda({ services }: World) {
  const handler = createFunctionUrlHandler(createUniversalHandler(routes(services)));
  return { baseUrl: "https://function-url.test", fetch: lambdaFetch(handler) };
}

/** An error of grpc-js as Connect would have it. */
export function asConnectError(error: unknown): never {
  const { code, details, metadata } = error as ServiceError;
  const [status] = metadata.get("grpc-status-details-bin");
  // Connect reads the details from this header, and with them the code and the message.
  const trailer = new Headers(
    status === undefined ? {} : { "grpc-status-details-bin": Buffer.from(status).toString("base64") },
  );
  const known = findTrailerError(trailer) ?? new ConnectError(details, code as number as Code);
  for (const [name, value] of Object.entries(metadata.getMap())) {
    if (typeof value === "string") known.metadata.set(name, value);
  }
  throw known;
}
