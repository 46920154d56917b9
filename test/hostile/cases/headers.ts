import { CALLS, CONNECT, GRPC, GRPC_WEB, type HostileGroup, on } from "../hostile-case.ts";
import { sendCall } from "../send-call.ts";

const CONNECT_CALLS = [...CONNECT, "Connect JSON"] as const;
const GRPC_CALLS = [...GRPC, ...GRPC_WEB] as const;

export const headers: HostileGroup = {
  title: "Headers of calls",
  cases: [
    ...["soon", "-1S", "1x"].map((timeout) => ({
      name: `a deadline of ${timeout}`,
      answers: timeout === "-1S" ? on(GRPC_WEB, "invalid_argument") : on(GRPC_CALLS, "invalid_argument"),
      send: sending({ "grpc-timeout": timeout }),
    })),
    {
      name: "a deadline in 11,000 years",
      answers: { ...on(GRPC_WEB, "invalid_argument"), "native gRPC": "ok" },
      send: sending({ "grpc-timeout": "99999999H" }),
    },
    ...["soon", "-1", "1.5", "99999999999", "9999999999"].map((timeout) => ({
      name: `a deadline of ${timeout} ms`,
      answers: on(CONNECT_CALLS, "invalid_argument"),
      send: sending({ "connect-timeout-ms": timeout }),
    })),
    {
      name: "a protocol of Connect that there is not",
      answers: on(CONNECT_CALLS, "ok"), // it is read by none
      send: sending({ "connect-protocol-version": "99" }),
    },
    { name: "a token of 15 KB", answers: on(CALLS, "ok"), send: sending({ authentication: "a".repeat(15_000) }) },
    {
      name: "130 headers over HTTP/2",
      answers: { "native gRPC": "reset" },
      send: sending(Object.fromEntries(Array.from({ length: 130 }, (_, index) => [`x-${index}`, ""]))),
    },
    {
      name: "100 KB of headers over HTTP/2",
      answers: { "native gRPC": "reset" },
      send: sending({ "x-long": "a".repeat(50_000), "x-longer": "a".repeat(50_000) }),
    },
    {
      name: "metadata in base64 that is none",
      answers: on(CALLS, "ok"), // nobody reads it
      send: sending({ "x-bytes-bin": "!!!!" }),
    },
  ],
};

function sending(header: Record<string, string>): HostileGroup["cases"][number]["send"] {
  return (host, doors) => sendCall(host, doors, { header });
}
