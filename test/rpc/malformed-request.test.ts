import type { UniversalServerResponse } from "@connectrpc/connect/protocol";
import fc from "fast-check";
import { expect, test } from "vitest";
import { bodyOf, readBody } from "../../shared/rpc/bytes.ts";
import { blameCaller } from "../../shared/rpc/malformed-request.ts";

const BEGINNING = "parse binary: ";

/** An answer's bytes, and what they are when the caller has been blamed. */
async function blamed(type: string, status: number, bytes: Buffer): Promise<{ status: number; text: string }> {
  const header = new Headers({ "content-type": type, "content-length": String(bytes.length) });
  const response: UniversalServerResponse = { status, header, body: bodyOf(bytes) };
  const answer = await blameCaller(response);
  const body = await readBody(answer.body as AsyncIterable<Uint8Array>);
  if (type === "application/json") expect(answer.header?.get("content-length")).toBe(String(body.length));
  return { status: answer.status, text: body.toString("latin1") };
}

function trailersOf(status: number, message: string): Buffer {
  const text = Buffer.from(`grpc-message: ${encodeURIComponent(message)}\r\ngrpc-status: ${status}\r\n`, "latin1");
  const head = Buffer.alloc(5);
  head.writeUInt8(0x80, 0);
  head.writeUInt32BE(text.length, 1);
  return Buffer.concat([head, text]);
}

// Nobody but Connect says this, so whoever does speaks of a request that could not be parsed.
const said = fc
  .string({ unit: "grapheme" })
  .filter((text) => !text.includes(BEGINNING) && !text.startsWith("received compressed"));

test("an answer of Connect's is left as it is, whatever it says, unless it speaks of bytes that are no message", async () => {
  await fc.assert(
    fc.asyncProperty(said, fc.constantFrom(3, 5, 13, 14), async (message, code) => {
      const trailers = trailersOf(code, message);
      const web = await blamed("application/grpc-web+proto", 200, trailers);
      expect(web).toEqual({ status: 200, text: trailers.toString("latin1") });
      const json = Buffer.from(JSON.stringify({ code: "internal", message }));
      expect(await blamed("application/json", 500, json)).toEqual({ status: 500, text: json.toString("latin1") });
    }),
  );
});

test("an answer that speaks of bytes that are no message blames whoever sent them, and says the same", async () => {
  await fc.assert(
    fc.asyncProperty(said, async (rest) => {
      const message = BEGINNING + rest;
      const web = await blamed("application/grpc-web+proto", 200, trailersOf(13, message));
      expect(web.text).toBe(trailersOf(3, message).toString("latin1"));
      const json = Buffer.from(JSON.stringify({ code: "internal", message }));
      const answer = await blamed("application/json", 500, json);
      expect(answer.status).toBe(400);
      expect(JSON.parse(Buffer.from(answer.text, "latin1").toString())).toEqual({ code: "invalid_argument", message });
    }),
  );
});
