import http from "node:http";
import http2, { type ServerHttp2Stream } from "node:http2";
import { afterAll, describe, expect, test } from "vitest";
import { sendEvent } from "../../shared/collectors/kinds.ts";
import { decodableMessage } from "../../shared/collectors/rpc/grpc-message.ts";
import { validateCollector } from "../../shared/collectors/validate-collector.ts";
import { taskReported } from "../support/delivered-events.ts";
import { CONTEXT, collectorAt, egress, listening } from "../support/rpc-collectors.ts";

afterAll(() => egress.close());
const INVALID_ARGUMENT = "3";
/** As collectors write them that escape nothing, or not as HTTP/2's gRPC asks; and as they are to be read. */
const MESSAGES: [written: string, read: string][] = [
  ["disk at 97%", "disk at 97%"],
  ["100% of quota", "100% of quota"],
  ["%zz and %4", "%zz and %4"],
  ["%FF is no UTF-8", "%FF is no UTF-8"],
  ["half a sign %E6%97", "half a sign %E6%97"],
  ["%E6%97%A5 at 5%, 100%25", "日 at 5%, 100%"],
  ["all right %C3%A9", "all right é"],
];
const refused = (message: string) => ({ kind: "refused", reason: `[invalid_argument] ${message}` });
const status = (message: string) => ({ "grpc-status": INVALID_ARGUMENT, "grpc-message": message });

function oapAt(url: string) {
  const read = validateCollector({ name: "oap", kind: "skywalking", url });
  if (!read.ok) throw new Error(JSON.stringify(read.faults));
  return read.collector;
}

describe.each([
  ["grpc", (url: string) => collectorAt("grpc", url)],
  ["skywalking", oapAt],
] as const)("over %s", (_, at) => {
  const headers = { ":status": 200, "content-type": "application/grpc" };

  async function outcomeOf(answer: (stream: ServerHttp2Stream) => void) {
    const server = http2.createServer().on("stream", (stream: ServerHttp2Stream) => {
      stream.on("error", () => {}).resume();
      answer(stream);
    });
    const { url } = await listening(server);
    return sendEvent(at(url), taskReported(), CONTEXT);
  }

  test.each(MESSAGES)(
    "%j in the headers of an answer that has nothing else is read, and the code counts",
    async (written, read) => {
      const outcome = await outcomeOf((stream) =>
        stream.respond({ ...headers, ...status(written) }, { endStream: true }),
      );
      expect(outcome).toEqual(refused(read));
    },
  );

  test.each(MESSAGES)("%j in trailers is read, and the code counts", async (written, read) => {
    const outcome = await outcomeOf((stream) => {
      stream.respond(headers, { waitForTrailers: true });
      stream.on("wantTrailers", () => stream.sendTrailers(status(written)));
      stream.end();
    });
    expect(outcome).toEqual(refused(read));
  });
});

describe("over grpc-web", () => {
  async function outcomeOf(answer: (response: http.ServerResponse) => void) {
    const server = http.createServer((request, response) => {
      request.resume();
      answer(response);
    });
    const { url } = await listening(server);
    return sendEvent(collectorAt("grpc-web", url), taskReported(), CONTEXT);
  }
  const headers = { "content-type": "application/grpc-web+proto" };
  const block = (text: string): Buffer => {
    const size = Buffer.alloc(5);
    size.writeUInt8(0x80);
    size.writeUInt32BE(Buffer.byteLength(text), 1);
    return Buffer.concat([size, Buffer.from(text)]);
  };

  test.each(MESSAGES)("%j in headers is read, and the code counts", async (written, read) => {
    const outcome = await outcomeOf((response) => response.writeHead(200, { ...headers, ...status(written) }).end());
    expect(outcome).toEqual(refused(read));
  });

  test.each([...MESSAGES, ["désolé 日 5%", "désolé 日 5%"]])(
    "%j in the block of trailers is read, byte by byte and whatever its case, and the code counts",
    async (written, read) => {
      for (const name of ["grpc-message", "Grpc-Message"]) {
        const outcome = await outcomeOf(async (response) => {
          response.writeHead(200, headers);
          for (const byte of block(`grpc-status: 3\r\n${name}: ${written}\r\nx-more: 1%\r\n`)) {
            await new Promise((resolve) => response.write(Buffer.of(byte), resolve));
          }
          response.end();
        });
        expect(outcome).toEqual(refused(read));
      }
    },
  );

  test.each([
    [404, "refused"],
    [503, "retry"],
  ])("the message of a proxy with status %i is read", async (code, kind) => {
    const outcome = await outcomeOf((response) => response.writeHead(code, { "grpc-message": "at 97%" }).end());
    expect(outcome).toEqual({ kind, reason: expect.stringMatching(/at 97%$/) });
  });
});

test("a message that is escaped as it should be stays as it is, and any other can be decoded", () => {
  const right = `${encodeURIComponent("50 % 日本 \u0000\n é")}!*'() {}`;
  expect(decodableMessage(right)).toBe(right);
  for (let first = 0; first < 256; first++) {
    const hex = `%${first.toString(16).padStart(2, "0")}`;
    for (const text of [hex, `${hex}%`, `%${hex}`, `${hex}${hex}a`, String.fromCharCode(0xd800 + first)]) {
      expect(() => decodeURIComponent(decodableMessage(text))).not.toThrow();
    }
  }
});
