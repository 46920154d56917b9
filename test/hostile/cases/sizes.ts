import { ContinuousProfilingService } from "../../../shared/gen/ebpf/profiling/Continuous_pb.js";
import { EBPFProcessService } from "../../../shared/gen/ebpf/profiling/Process_pb.js";
import { MeterReportService } from "../../../shared/gen/language-agent/Meter_pb.js";
import { framed } from "../../support/raw-calls.ts";
import { CALLS, CONNECT, GRPC, GRPC_WEB, type HostileGroup, on } from "../hostile-case.ts";
import { saying, sendCall } from "../send-call.ts";

const { queryPolicies } = ContinuousProfilingService.method;
const { reportProcesses } = EBPFProcessService.method;
const { collect } = MeterReportService.method;

const poll = (serviceNames: string[]) =>
  saying(queryPolicies.input, { policies: serviceNames.map((serviceName) => ({ serviceName })) });
const large = poll(["x".repeat(2_000_000)]);
const HTTP_CALLS = ["Connect", "Connect JSON", "gRPC-web", "gRPC-web text"] as const;

export const sizes: HostileGroup = {
  title: "Too much",
  cases: [
    {
      name: "a message of 2 MB",
      answers: on(CALLS, "resource_exhausted"),
      send: (host, doors) => sendCall(host, doors, large),
    },
    {
      name: "2 MB in chunks, without a Content-Length",
      answers: on(HTTP_CALLS, "resource_exhausted"),
      send: (host, doors) => sendCall(host, doors, { ...large, isChunked: true }),
    },
    {
      name: "a Content-Length of 50 MB, and then hardly anything",
      answers: on(["Connect", "Connect JSON"], "resource_exhausted"),
      send: (host, doors) => sendCall(host, doors, { header: { "content-length": "50000000" }, isOpen: true }),
    },
    {
      name: "a frame that says it has 50 MB, and then hardly anything",
      answers: on([...GRPC, ...GRPC_WEB], "resource_exhausted"),
      send: (host, doors) => sendCall(host, doors, { body: framed({ bytes: Buffer.alloc(10) }, 50_000_000) }),
    },
    {
      name: "a message of 2 MB within a stream",
      answers: on([...GRPC, ...CONNECT, ...GRPC_WEB], "resource_exhausted"),
      send: (host, doors) =>
        sendCall(host, doors, { method: collect, ...saying(collect.input, { service: "x".repeat(2_000_000) }) }),
    },
    {
      name: "a stream of 5 MB in small messages",
      answers: {
        ...on([...GRPC, "Connect", "gRPC-web"], "ok"), // as large as they like, since nobody keeps them
        "gRPC-web text": "invalid_argument", // read as a whole, up to one message; what is left of the last is none
        ...on(["Lambda, Connect", "Lambda, gRPC-web"], "resource_exhausted"),
      },
      send: (host, doors) => {
        const { bytes } = saying(collect.input, { service: "x".repeat(100_000) });
        return sendCall(host, doors, { method: collect, body: Buffer.concat(Array(50).fill(framed({ bytes }))) });
      },
    },
    {
      name: "a poll that names 5,001 services",
      answers: on(CALLS, "resource_exhausted"),
      send: (host, doors) => sendCall(host, doors, poll(Array.from({ length: 5_001 }, (_, index) => `s${index}`))),
    },
    {
      name: "a report of 10,001 processes",
      answers: on(CALLS, "resource_exhausted"),
      send: (host, doors) =>
        sendCall(host, doors, {
          method: reportProcesses,
          ...saying(reportProcesses.input, { ebpfAgentID: "agent", processes: Array(10_001).fill({}) }),
        }),
    },
  ],
};
