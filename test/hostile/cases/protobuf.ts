import { EBPFProcessService } from "../../../shared/gen/ebpf/profiling/Process_pb.js";
import { MeterReportService } from "../../../shared/gen/language-agent/Meter_pb.js";
import { framed } from "../../support/raw-calls.ts";
import { CONNECT, GRPC, GRPC_WEB, type HostileCase, type HostileGroup, on, PROTO } from "../hostile-case.ts";
import { GOOD_POLL, sendCall } from "../send-call.ts";

const { collect } = MeterReportService.method;
const { reportProcesses } = EBPFProcessService.method;
const hex = (text: string): Buffer => Buffer.from(text.replaceAll(" ", ""), "hex");

/** Bytes as a poll, which native gRPC reads by code of its own, or as another call's message. */
function bytes(
  name: string,
  message: Buffer,
  answers: HostileCase["answers"] = on(PROTO, "invalid_argument"),
): HostileCase[] {
  return [
    { name: `${name}, as a poll`, answers, send: (host, doors) => sendCall(host, doors, { bytes: message }) },
    {
      name: `${name}, as a report of processes`,
      answers: on(PROTO, "invalid_argument"),
      send: (host, doors) => sendCall(host, doors, { method: reportProcesses, bytes: message }),
    },
  ];
}

/** A name of bytes that are no UTF-8, as the first service of a poll. */
const notUtf8 = hex("0a 05 0a 03 ff fe fd");

export const protobuf: HostileGroup = {
  title: "Protobuf that is none",
  cases: [
    ...bytes("bytes without a meaning", hex("ff ff ff ff")),
    ...bytes("a message that ends too early", hex("0a 10 0a 03 61")),
    ...bytes("a number in place of a message", hex("08 01")),
    ...bytes("a group that does not end", hex("0b")),
    ...bytes("a group that ends and did not begin", hex("0c")),
    ...bytes("500,000 groups within each other", Buffer.alloc(500_000, 0x0b)),
    ...bytes("wire type 7", hex("0f")),
    ...bytes("field number 0", hex("02 01 00")),
    ...bytes("a length of 2^31", hex("0a 80 80 80 80 08")),
    ...bytes("a length of 2^64 - 1", hex("0a ff ff ff ff ff ff ff ff ff 01")),
    ...bytes("a number without an end", Buffer.alloc(20, 0xff)),
    ...bytes("text that is no UTF-8", notUtf8),
    {
      name: "bytes without a meaning, as the first of a stream",
      answers: on(PROTO, "invalid_argument"),
      send: (host, doors) => sendCall(host, doors, { method: collect, bytes: hex("ff ff ff ff") }),
    },
  ],
};

export const frames: HostileGroup = {
  title: "Frames that are none",
  cases: [
    {
      name: "half of a frame's header",
      answers: { ...on(GRPC_WEB, "invalid_argument"), "native gRPC": "unimplemented" }, // no message came
      send: (host, doors) => sendCall(host, doors, { body: Buffer.from([0, 0, 0]) }),
    },
    {
      name: "a frame that is shorter than it says",
      answers: { ...on(GRPC_WEB, "invalid_argument"), "native gRPC": "unimplemented" },
      send: (host, doors) => sendCall(host, doors, { body: framed({ bytes: GOOD_POLL.bytes }, 10) }),
    },
    {
      name: "a frame that is longer than it says",
      answers: on([...GRPC, ...GRPC_WEB], "resource_exhausted"), // what is left of it says that it has gigabytes
      send: (host, doors) => {
        const body = framed({ bytes: GOOD_POLL.bytes });
        body.writeUInt32BE(3, 1);
        return sendCall(host, doors, { body });
      },
    },
    {
      name: "two messages where one belongs",
      answers: on([...GRPC, ...GRPC_WEB], "unimplemented"),
      send: (host, doors) => {
        const frame = framed({ bytes: GOOD_POLL.bytes });
        return sendCall(host, doors, { body: Buffer.concat([frame, frame]) });
      },
    },
    {
      name: "nothing at all",
      answers: {
        ...on([...GRPC, ...GRPC_WEB], "unimplemented"), // no message came
        ...on(CONNECT, "ok"), // a message of nothing, which asks for nothing
        "Connect JSON": "invalid_argument",
      },
      send: (host, doors) => sendCall(host, doors, { body: Buffer.alloc(0) }),
    },
    {
      name: "trailers in place of a message",
      answers: on(GRPC_WEB, "unimplemented"), // no message came
      send: (host, doors) => {
        const body = framed({ bytes: Buffer.from("grpc-status: 0\r\n") });
        body.writeUInt8(0x80, 0);
        return sendCall(host, doors, { body });
      },
    },
    {
      name: "base64 that is none",
      answers: { "gRPC-web text": "unimplemented" }, // nothing is left of it
      send: (host, doors) => sendCall(host, doors, { text: "?? !! ??" }),
    },
  ],
};
