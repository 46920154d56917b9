import type { HostileCase, HostileGroup } from "../hostile-case.ts";
import { exchange, requestText } from "../raw-http.ts";
import {
  END_HEADERS,
  END_STREAM,
  frame,
  header,
  POLL_HEADERS,
  PREFACE,
  repeated,
  SETTINGS,
  sendFrames,
} from "../raw-http2.ts";

type Options = Parameters<typeof sendFrames>[2];

function framesOf(name: string, answer: string, frames: () => Iterable<Buffer>, options?: Options): HostileCase {
  return {
    name,
    answers: { "native gRPC": answer },
    send: (_host, { grpcPort }) => sendFrames(grpcPort, frames(), options),
  };
}

function bytes(name: string, ...parts: (string | Buffer)[]): HostileCase {
  return { name, answers: { "native gRPC": "closed" }, send: (_host, { grpcPort }) => exchange(grpcPort, parts) };
}

const number = (value: number): Buffer => {
  const four = Buffer.alloc(4);
  four.writeUInt32BE(value);
  return four;
};
const MANY_SETTINGS = Buffer.concat(Array(1_000).fill(SETTINGS));
const MANY_PINGS = Buffer.concat(Array(1_000).fill(frame("ping", 0, 0, Buffer.alloc(8))));
const CANCEL = number(8);
const call = (index: number, flags = END_HEADERS): Buffer => frame("headers", 2 * index + 1, flags, POLL_HEADERS);
/** 4 KB that are remembered, and then named again and again with a byte each (RFC 7541, section 6.1). */
const bomb = Buffer.concat([
  POLL_HEADERS,
  Buffer.from([0x40, 1, 0x78, 0x7f, 0x81, 0x1e]), // `x`, of 4,000 bytes
  Buffer.alloc(4_000, 0x61),
  Buffer.alloc(8_000, 0xbe),
]);

export const http2: HostileGroup = {
  title: "HTTP/2 that does harm",
  cases: [
    framesOf("20,000 calls, each begun and reset at once", "closed", () =>
      repeated(20_000, (index) => Buffer.concat([call(index), frame("reset", 2 * index + 1, 0, CANCEL)])),
    ),
    framesOf("headers that are continued without an end", "closed", function* () {
      yield call(0, 0);
      yield* repeated(10_000, () => frame("continuation", 1, 0, header("x", "a".repeat(100))));
    }),
    framesOf("continued headers of nothing", "closed", function* () {
      yield call(0, 0);
      yield* repeated(10_000, () => frame("continuation", 1, 0));
    }),
    framesOf(
      "2,000,000 settings, without hearing that they are known",
      "closed",
      () => repeated(2_000, () => MANY_SETTINGS),
      {
        reads: false,
      },
    ),
    framesOf("1,000,000 pings, without hearing the answers", "closed", () => repeated(1_000, () => MANY_PINGS), {
      reads: false,
    }),
    framesOf("300 calls at once", "reset", () => repeated(300, (index) => call(index)), { countsResets: true }),
    framesOf("8,000 headers in 12 KB", "reset", () => [frame("headers", 1, END_HEADERS | END_STREAM, bomb)], {
      countsResets: true,
    }),
    framesOf("a frame that is larger than frames may be", "closed", () => [
      frame("headers", 1, END_HEADERS, Buffer.alloc(20_000)),
    ]),
    framesOf("headers that are no HPACK", "closed", () => [
      frame("headers", 1, END_HEADERS, Buffer.from("ffffffffffffff", "hex")),
    ]),
    framesOf("data for a call that was not begun", "closed", () => [frame("data", 1, 0, Buffer.alloc(10))]),
    framesOf("a window that grows by nothing", "closed", () => [frame("windowUpdate", 0, 0, number(0))]),
    framesOf("a window that grows beyond all bounds", "closed", () => [
      frame("windowUpdate", 0, 0, number(0x7fffffff)),
      frame("windowUpdate", 0, 0, number(0x7fffffff)),
    ]),
    framesOf(
      "a call with capital letters in its headers",
      "reset",
      () => [frame("headers", 1, END_HEADERS | END_STREAM, Buffer.concat([POLL_HEADERS, header("X-Note", "a")]))],
      { countsResets: true },
    ),
    framesOf(
      "a NUL in a header, which is dropped",
      "ok",
      () => [
        frame("headers", 1, END_HEADERS, Buffer.concat([POLL_HEADERS, header("authentication", "a\0b")])),
        frame("data", 1, END_STREAM, Buffer.alloc(5)),
      ],
      { countsResets: true },
    ),
    framesOf(
      "a call with two paths",
      "reset",
      () => [frame("headers", 1, END_HEADERS | END_STREAM, Buffer.concat([header(":path", "/a/b"), POLL_HEADERS]))],
      { countsResets: true },
    ),
    bytes("HTTP/1.1 at the gRPC port", requestText("GET /metrics HTTP/1.1", ["Host: 127.0.0.1"])),
    bytes("TLS at a port without it", Buffer.from("16030100c8010000c40303", "hex"), Buffer.alloc(200)),
    bytes("bytes without a meaning", Buffer.from("000102030405060708".repeat(10), "hex")),
    bytes("a preface and bytes without a meaning", PREFACE, Buffer.alloc(100, 0xff)),
  ],
};
