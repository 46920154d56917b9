import { createClient, type Transport } from "@connectrpc/connect";
import { createConnectTransport, createGrpcWebTransport } from "@connectrpc/connect-node";
import type { GrpcCaller } from "../../server/demo/grpc-caller.ts";
import type { Commands } from "../../shared/gen/common/Common_pb.js";
import { EBPFProfilingService } from "../../shared/gen/ebpf/profiling/Profile_pb.js";
import { asConnectError } from "./roads.ts";
import type { StackMessage } from "./stacks.ts";

type Messages = Iterable<StackMessage> | AsyncIterable<StackMessage>;

/** Sends one stream of stacks. If `messages` throws, the stream is cancelled. Errors are ConnectErrors on every road. */
export type SendStacks = (messages: Messages) => Promise<Commands>;

/** Where a world can be reached. */
export interface Reachable {
  grpc: GrpcCaller;
  httpUrl: string;
  /** A Function URL. */
  lambdaUrl: string;
}

/** Every road for streams of stacks, by name. */
export const STACK_ROADS: Record<string, (world: Reachable) => SendStacks> = {
  "grpc-js on the gRPC port":
    ({ grpc }) =>
    (messages) =>
      grpc.stream(EBPFProfilingService.method.collectProfilingData, messages).catch(asConnectError),
  "Connect on the HTTP port": ({ httpUrl }) => over(createConnectTransport({ baseUrl: httpUrl, httpVersion: "1.1" })),
  "Connect with JSON on the HTTP port": ({ httpUrl }) =>
    over(createConnectTransport({ baseUrl: httpUrl, httpVersion: "1.1", useBinaryFormat: false })),
  "gRPC-web on the HTTP port": ({ httpUrl }) => over(createGrpcWebTransport({ baseUrl: httpUrl, httpVersion: "1.1" })),
  "Connect through the Lambda handler": ({ lambdaUrl }) =>
    over(createConnectTransport({ baseUrl: lambdaUrl, httpVersion: "1.1" })),
  "gRPC-web through the Lambda handler": ({ lambdaUrl }) =>
    over(createGrpcWebTransport({ baseUrl: lambdaUrl, httpVersion: "1.1" })),
};

function over(transport: Transport): SendStacks {
  const client = createClient(EBPFProfilingService, transport);
  return (messages) => client.collectProfilingData(asyncOf(messages));
}

async function* asyncOf(messages: Messages): AsyncIterable<StackMessage> {
  yield* messages;
}
