import { once } from "node:events";
import { connect } from "node:net";
import { MeterReportService } from "../../../shared/gen/language-agent/Meter_pb.js";
import { framed } from "../../support/raw-calls.ts";
import { type HostileCase, type HostileGroup, on } from "../hostile-case.ts";
import { exchange, requestText } from "../raw-http.ts";
import { END_HEADERS, END_STREAM, frame, POLL_HEADERS, PREFACE, SETTINGS, sendFrames } from "../raw-http2.ts";
import { sendCall } from "../send-call.ts";

const { collect } = MeterReportService.method;
const POLL = "/skywalking.v3.ContinuousProfilingService/queryPolicies";
const HEADERS = ["Host: 127.0.0.1", "Content-Type: application/json", "Content-Length: 1000"];
/** Between one byte and the next, which is less than any limit. */
const EVERY_MS = 20;
const OVER_HTTP = ["Connect", "Connect JSON", "gRPC-web", "gRPC-web text"] as const;

/** Bytes at either port; those of HTTP/2 begin where it has said what it is. */
function bytes(
  name: string,
  answers: HostileCase["answers"],
  atHttp: string,
  atGrpc: Buffer,
  everyMs = 0,
): HostileCase {
  return {
    name,
    answers,
    send(host, { impatient }) {
      if (host === "HTTP") return exchange(impatient.httpPort, everyMs === 0 ? [atHttp] : atHttp, everyMs);
      const parts = everyMs === 0 ? [atGrpc] : [...atGrpc].map((byte) => Buffer.from([byte]));
      return exchange(impatient.grpcPort, parts, everyMs);
    },
  };
}

/** More of a request's beginning than can come in time. */
const endless = requestText(`POST ${POLL} HTTP/1.1`, [...HEADERS, `X-Long: ${"a".repeat(1_000)}`]);
const whole = requestText(`POST ${POLL} HTTP/1.1`, HEADERS);

export const slow: HostileGroup = {
  title: "Slow, or silent (limits shortened for the test)",
  cases: [
    bytes("a connection that is silent", { HTTP: "HTTP 408", "native gRPC": "closed" }, "", Buffer.alloc(0)),
    bytes(
      "half of a beginning, then silence",
      { HTTP: "HTTP 408", "native gRPC": "closed" },
      endless.slice(0, 30),
      PREFACE.subarray(0, 10),
    ),
    bytes(
      "headers byte by byte",
      { HTTP: "HTTP 408", "native gRPC": "closed" },
      endless,
      Buffer.concat([PREFACE, SETTINGS, frame("headers", 1, 0, Buffer.alloc(1_000))]),
      EVERY_MS,
    ),
    bytes(
      "headers that are to go on, then silence",
      { "native gRPC": "closed" },
      "",
      Buffer.concat([PREFACE, SETTINGS, frame("headers", 1, 0, POLL_HEADERS)]),
    ),
    bytes("a body byte by byte", { HTTP: "HTTP 408" }, whole + " ".repeat(900), Buffer.alloc(0), EVERY_MS),
    {
      name: "half of a message, then silence",
      answers: { ...on(OVER_HTTP, "HTTP 408"), "native gRPC": "deadline_exceeded" },
      send: (host, { impatient, ...doors }) =>
        sendCall(
          host,
          { ...doors, impatient, ...impatient },
          { body: framed({ bytes: Buffer.alloc(10) }, 100), isOpen: true },
        ),
    },
    {
      name: "a stream that does not end",
      answers: { ...on(["Connect", "gRPC-web"], "HTTP 408"), "native gRPC": "deadline_exceeded" },
      send: (host, { impatient, ...doors }) =>
        sendCall(
          host,
          { ...doors, impatient, ...impatient },
          { method: collect, body: framed({ bytes: Buffer.alloc(0) }), isOpen: true },
        ),
    },
    {
      name: "an answer that is not taken",
      answers: { "native gRPC": "reset" },
      send: (_host, { impatient }) => {
        const noWindow = frame("settings", 0, 0, Buffer.from("000400000000", "hex"));
        const poll = [
          frame("headers", 1, END_HEADERS, POLL_HEADERS),
          frame("data", 1, END_STREAM, framed({ bytes: Buffer.alloc(0) })),
        ];
        return sendFrames(impatient.grpcPort, poll, {
          countsResets: true,
          preface: Buffer.concat([PREFACE, noWindow]),
        });
      },
    },
    {
      name: "a connection that is kept after its call",
      answers: { HTTP: "closed", "native gRPC": "closed" },
      async send(host, { impatient }) {
        if (host === "native gRPC") {
          return sendFrames(impatient.grpcPort, [frame("headers", 1, END_HEADERS | END_STREAM, POLL_HEADERS)]);
        }
        const socket = connect(impatient.httpPort, "127.0.0.1");
        socket.on("error", () => {}).resume();
        socket.write(requestText("GET /healthz HTTP/1.1", ["Host: 127.0.0.1"]));
        await once(socket, "close");
        return "closed";
      },
    },
    {
      name: "more connections than there may be",
      answers: { HTTP: "closed", "native gRPC": "closed" },
      async send(host, { impatient, mostConnections }) {
        const port = host === "HTTP" ? impatient.httpPort : impatient.grpcPort;
        const sockets = [];
        for (let count = 0; count < mostConnections; count++) {
          const socket = connect(port, "127.0.0.1");
          socket.on("error", () => {}).resume();
          await once(socket, "connect");
          sockets.push(socket);
        }
        const answer = await exchange(port, [requestText("GET /healthz HTTP/1.1", ["Host: 127.0.0.1"])]);
        for (const socket of sockets) socket.destroy();
        return answer;
      },
    },
  ],
};
