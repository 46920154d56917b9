import { Code, ConnectError, createClient } from "@connectrpc/connect";
import { createConnectTransport, createGrpcTransport } from "@connectrpc/connect-node";
import { describe, expect, onTestFinished, test } from "vitest";
import { outcomeOfCode } from "../../shared/collectors/code-outcome.ts";
import { createEgress } from "../../shared/egress/egress.ts";
import { ProfilingTaskCollector } from "../../shared/gen/flashpoint/v1/collector_pb.js";

const NOW = Date.UTC(2026, 0, 31);
const CODES = Object.values(Code).filter((code): code is Code => typeof code === "number");

/** Everything else is refused for good. */
const TRIED_AGAIN = [
  Code.Unavailable,
  Code.DeadlineExceeded,
  Code.ResourceExhausted,
  Code.Aborted,
  // What Connect calls an answer or a connection that broke, and collectors a bug of their own.
  Code.Canceled,
  Code.Unknown,
  Code.Internal,
  Code.DataLoss,
];

test.each(CODES.map((code) => ({ name: Code[code], code })))("$name decides by its meaning", ({ code }) => {
  const kind = TRIED_AGAIN.includes(code) ? "retry" : "refused";
  expect(outcomeOfCode(new ConnectError("no", code), "because", NOW)).toEqual({ kind, reason: "because" });
});

describe("an answer that is not of the protocol", () => {
  test.each([
    [308, Code.Unknown, "refused"],
    [400, Code.Internal, "refused"],
    [408, Code.Unknown, "retry"],
    [410, Code.Unknown, "gone"],
    [413, Code.Unknown, "refused"],
    [500, Code.Unknown, "retry"],
    [503, Code.Unavailable, "retry"],
  ])("counts by its status %i", (status, code, kind) => {
    const error = new ConnectError(`HTTP ${status}`, code);
    const reason = status === 308 ? "because; redirects are not followed" : "because";
    expect(outcomeOfCode(error, "because", NOW)).toEqual({ kind, reason });
  });
});

describe("Retry-After", () => {
  const asking = (code: Code, message = "no") => new ConnectError(message, code, { "retry-after": "60" });

  test("makes the wait for another attempt longer", () => {
    const outcome = { kind: "retry", reason: "because", retryAfterSeconds: 60 };
    expect(outcomeOfCode(asking(Code.ResourceExhausted), "because", NOW)).toEqual(outcome);
    expect(outcomeOfCode(asking(Code.Unavailable, "HTTP 503"), "because", NOW)).toEqual(outcome);
    const until = new ConnectError("no", Code.Unavailable, { "retry-after": new Date(NOW + 60_000).toUTCString() });
    expect(outcomeOfCode(until, "because", NOW)).toEqual(outcome);
  });

  test("makes no other attempt", () => {
    expect(outcomeOfCode(asking(Code.InvalidArgument), "because", NOW)).toEqual({ kind: "refused", reason: "because" });
  });
});

test.each(["http", "https"])("a collector over %s whose address is refused is refused for good", async (protocol) => {
  const egress = createEgress({ networks: [] });
  onTestFinished(() => egress.close());
  const url = `${protocol}://127.0.0.1:1/`;
  const nodeOptions = { createConnection: (authority: URL) => egress.createConnection(authority) };
  const transports = [
    createGrpcTransport({ baseUrl: url, nodeOptions }),
    createConnectTransport({ baseUrl: url, httpVersion: "1.1", nodeOptions: { agent: egress.agent(url) } }),
  ];
  for (const transport of transports) {
    const call = createClient(ProfilingTaskCollector, transport).collectTask({});
    const error = await call.then(() => undefined, ConnectError.from);
    expect(outcomeOfCode(error ?? new ConnectError("answered"), "because", NOW)).toEqual({
      kind: "refused",
      reason: "because",
    });
  }
});
