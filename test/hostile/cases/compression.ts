import { brotliCompressSync, deflateSync, gzipSync } from "node:zlib";
import { MeterReportService } from "../../../shared/gen/language-agent/Meter_pb.js";
import { framed } from "../../support/raw-calls.ts";
import { CALLS, CONNECT, GRPC, GRPC_WEB, type Host, type HostileCase, type HostileGroup, on } from "../hostile-case.ts";
import { GOOD_POLL, sendCall } from "../send-call.ts";

const { collect } = MeterReportService.method;
const NOT_GRPC = CALLS.filter((host) => host !== "native gRPC");

/** A megabyte that opens to a gigabyte: gzip may be put together from pieces (RFC 1952, section 2.2). */
const gzipBomb = Buffer.concat(Array(1_000).fill(gzipSync(Buffer.alloc(1_000_000))));
/** Less than a kilobyte that opens to a hundred megabytes. */
const brotliBomb = brotliCompressSync(Buffer.alloc(100_000_000));

/** The message of a host, compressed. */
const packed = (host: Host, pack: (bytes: Buffer) => Buffer): Buffer =>
  pack(host === "Connect JSON" ? Buffer.from(GOOD_POLL.json) : GOOD_POLL.bytes);

/** A case of bytes with an encoding. */
function encoded(
  name: string,
  encoding: string,
  answers: HostileCase["answers"],
  bytesFor: (host: Host) => Buffer,
): HostileCase {
  return { name, answers, send: (host, doors) => sendCall(host, doors, { encoding, bytes: bytesFor(host) }) };
}

export const compression: HostileGroup = {
  title: "Compressed",
  cases: [
    encoded("1 MB of gzip that opens to 1 GB", "gzip", on(CALLS, "resource_exhausted"), () => gzipBomb),
    {
      name: "the same within a stream",
      answers: on([...GRPC, ...CONNECT, ...GRPC_WEB], "resource_exhausted"),
      send: (host, doors) => sendCall(host, doors, { method: collect, encoding: "gzip", bytes: gzipBomb }),
    },
    encoded(
      "less than 1 KB of brotli that opens to 100 MB",
      "br",
      { ...on(NOT_GRPC, "resource_exhausted"), "native gRPC": "unimplemented" },
      () => brotliBomb,
    ),
    encoded("gzip that is none", "gzip", on(CALLS, "invalid_argument"), () => Buffer.from("this is no gzip")),
    encoded("brotli that is none", "br", on(NOT_GRPC, "invalid_argument"), () => Buffer.from("this is no brotli")),
    encoded("gzip that ends too early", "gzip", on(CALLS, "invalid_argument"), (host) =>
      packed(host, gzipSync).subarray(0, -10),
    ),
    encoded("gzip with a wrong checksum", "gzip", on(CALLS, "invalid_argument"), (host) => {
      const bytes = packed(host, gzipSync);
      bytes.writeUInt32LE(1, bytes.length - 8);
      return bytes;
    }),
    encoded(
      "deflate",
      "deflate",
      { ...on(NOT_GRPC, "unimplemented"), "native gRPC": "ok" }, // gRPC has it among its own
      (host) => packed(host, deflateSync),
    ),
    encoded("an encoding that nobody knows", "snappy", on(CALLS, "unimplemented"), () => gzipBomb),
    encoded("gzip on gzip, as HTTP could say it", "gzip, gzip", on(CALLS, "unimplemented"), (host) =>
      packed(host, (bytes) => gzipSync(gzipSync(bytes))),
    ),
    encoded("gzip in gzip, said once", "gzip", on(CALLS, "invalid_argument"), (host) =>
      packed(host, (bytes) => gzipSync(gzipSync(bytes))),
    ),
    {
      name: "a frame that says it is compressed, in a call that says no way",
      answers: { ...on(GRPC_WEB, "invalid_argument"), "native gRPC": "ok" }, // grpc-js reads it as it is
      send: (host, doors) => sendCall(host, doors, { body: framed({ bytes: GOOD_POLL.bytes, gzip: true }) }),
    },
    {
      name: "the same, as the first of a stream",
      answers: { ...on([...CONNECT, ...GRPC_WEB], "invalid_argument"), "native gRPC": "ok" },
      send: (host, doors) =>
        sendCall(host, doors, { method: collect, body: framed({ bytes: Buffer.alloc(0), gzip: true }) }),
    },
  ],
};
