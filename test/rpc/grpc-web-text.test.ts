import type { UniversalServerRequest } from "@connectrpc/connect/protocol";
import fc from "fast-check";
import { expect, test } from "vitest";
import { bodyOf, readBody } from "../../shared/rpc/bytes.ts";
import { throughGrpcWebText } from "../../shared/rpc/grpc-web-text.ts";

const request = (body: AsyncIterable<Uint8Array>): UniversalServerRequest => ({
  httpVersion: "1.1",
  url: "https://function-url.test/x",
  method: "POST",
  header: new Headers({ "content-type": "application/grpc-web-text" }),
  body,
  signal: new AbortController().signal,
});

/** What the handler of the binary form is handed, and answers as it came. */
async function echoed(text: AsyncIterable<Uint8Array>): Promise<{ seen: Buffer; answer: string }> {
  let seen: Buffer = Buffer.alloc(0);
  const { body } = await throughGrpcWebText(async (binary) => {
    seen = await readBody(binary.body as AsyncIterable<Uint8Array>);
    return { status: 200, header: new Headers(), body: bodyOf(seen) };
  }, request(text));
  return { seen, answer: (await readBody(body as AsyncIterable<Uint8Array>)).toString() };
}

test("any bytes, encoded piece by piece and sent in any chunks, arrive as they were, and go back so", async () => {
  const pieces = fc.array(fc.uint8Array({ minLength: 1, maxLength: 20 }), { maxLength: 6 });
  await fc.assert(
    fc.asyncProperty(pieces, fc.integer({ min: 1, max: 9 }), async (parts, size) => {
      const text = Buffer.from(parts.map((part) => Buffer.from(part).toString("base64")).join(""));
      const { seen, answer } = await echoed(inChunks(text, size));
      expect(seen).toEqual(Buffer.concat(parts));
      expect(Buffer.from(answer, "base64")).toEqual(Buffer.concat(parts));
    }),
  );
});

test("bytes that are no base64 are handed on as what can be made of them", async () => {
  await fc.assert(
    fc.asyncProperty(fc.uint8Array({ maxLength: 60 }), async (bytes) => {
      const { seen } = await echoed(inChunks(Buffer.from(bytes), 60));
      expect(seen.length).toBeLessThanOrEqual(bytes.length);
    }),
  );
});

async function* inChunks(bytes: Buffer, size: number): AsyncIterable<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}
