import type { DescMethodStreaming, DescMethodUnary } from "@bufbuild/protobuf";
import type { Transport } from "@connectrpc/connect";
import { createConnectTransport, createGrpcTransport, createGrpcWebTransport } from "@connectrpc/connect-node";
import { ContinuousProfilingService } from "../../shared/gen/ebpf/profiling/Continuous_pb.js";
import { EBPFProcessService } from "../../shared/gen/ebpf/profiling/Process_pb.js";
import { EBPFProfilingService } from "../../shared/gen/ebpf/profiling/Profile_pb.js";
import { MeterReportService } from "../../shared/gen/language-agent/Meter_pb.js";
import { hostProcess, meter, ping } from "./agents.ts";
import { goodReport } from "./policies.ts";

export type Header = Record<string, string>;
/** One call of an agent with these headers, about `service`. Errors are ConnectErrors. */
export type Call = (transport: Transport, header: Header, service?: string) => Promise<unknown>;

/** Every RPC that agents call, by its name. */
export const CALLS: Record<string, Call> = Object.fromEntries(
  [ContinuousProfilingService, EBPFProcessService, EBPFProfilingService, MeterReportService].flatMap(({ methods }) =>
    methods.map((method): [string, Call] => [
      method.name,
      async (transport, header, service = "checkout") => {
        const message = messageOf(method.name, service) as never;
        if (method.methodKind === "unary")
          return transport.unary(method as DescMethodUnary, undefined, undefined, header, message);
        const stream = method as DescMethodStreaming;
        const { message: answers } = await transport.stream(stream, undefined, undefined, header, streamOf(message));
        for await (const answer of answers) return answer;
        throw new Error("there was no answer");
      },
    ]),
  ),
);

/** A message that its method takes. */
function messageOf(method: string, service: string): object {
  switch (method) {
    case "queryPolicies":
      return { policies: [{ serviceName: service }] };
    case "reportProfilingTask":
      return goodReport(service);
    case "reportProcesses":
      return { ebpfAgentID: service, processes: [hostProcess(1, { serviceName: service })] };
    case "keepAlive":
      return { ebpfAgentID: service, processes: [ping({ serviceName: service })] };
    case "collect":
      return meter("rover_con_p_process_cpu", 93, Date.now(), { service });
    case "collectBatch":
      return { meterData: [meter("rover_con_p_process_cpu", 93, Date.now(), { service })] };
    case "collectProfilingData":
      return { task: { taskId: "unknown", processId: service } };
    default:
      return {};
  }
}

async function* streamOf<T>(message: T): AsyncIterable<T> {
  yield message;
}

/** Where agents call. */
export type Doors = Record<"grpcUrl" | "httpUrl" | "lambdaUrl", string>;

/** Every road there, by name; all carry unary calls and client streams. */
export const CALL_ROADS: Record<string, (at: Doors) => Transport> = {
  "native gRPC": ({ grpcUrl }) => createGrpcTransport({ baseUrl: grpcUrl }),
  "Connect on the HTTP port": ({ httpUrl }) => createConnectTransport({ baseUrl: httpUrl, httpVersion: "1.1" }),
  "Connect with JSON on the HTTP port": ({ httpUrl }) =>
    createConnectTransport({ baseUrl: httpUrl, httpVersion: "1.1", useBinaryFormat: false }),
  "gRPC-web on the HTTP port": ({ httpUrl }) => createGrpcWebTransport({ baseUrl: httpUrl, httpVersion: "1.1" }),
  "Connect through the Lambda handler": ({ lambdaUrl }) =>
    createConnectTransport({ baseUrl: lambdaUrl, httpVersion: "1.1" }),
  "Connect with JSON through the Lambda handler": ({ lambdaUrl }) =>
    createConnectTransport({ baseUrl: lambdaUrl, httpVersion: "1.1", useBinaryFormat: false }),
  "gRPC-web through the Lambda handler": ({ lambdaUrl }) =>
    createGrpcWebTransport({ baseUrl: lambdaUrl, httpVersion: "1.1" }),
};
