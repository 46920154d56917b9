import { brotliCompressSync, gzipSync } from "node:zlib";
import { Code } from "@connectrpc/connect";
import { describe, expect, it } from "vitest";
import { compressions } from "../../shared/rpc/compressions.ts";
import { inflating } from "../../shared/rpc/inflating.ts";

const PACK: Readonly<Record<string, (bytes: Buffer) => Buffer>> = { gzip: gzipSync, br: brotliCompressSync };

describe.each(compressions)("$name", ({ name, decompress }) => {
  const pack = PACK[name] ?? ((bytes) => bytes);
  const codeOf = (bytes: Buffer): Promise<unknown> =>
    decompress(new Uint8Array(bytes), 1_000).then(
      () => "inflated",
      (error) => error.code,
    );

  it("inflates what is within the limit, to the byte, and no more", async () => {
    expect(Buffer.from(await decompress(new Uint8Array(pack(Buffer.from("checkout"))), 1_000)).toString()).toBe(
      "checkout",
    );
    expect(await codeOf(pack(Buffer.alloc(1_000)))).toBe("inflated");
    expect(await codeOf(pack(Buffer.alloc(1_001)))).toBe(Code.ResourceExhausted);
  });

  it("blames the caller for what is none, and for what ends too early", async () => {
    expect(await codeOf(Buffer.from("this is neither"))).toBe(Code.InvalidArgument);
    expect(await codeOf(pack(Buffer.alloc(500, "ab")).subarray(0, -3))).toBe(Code.InvalidArgument);
  });

  it("has 16 at work at once, and all in the end", async () => {
    const all = Array.from({ length: 50 }, () => codeOf(pack(Buffer.alloc(900))));
    await Promise.resolve();
    expect(inflating.activeCount).toBeLessThanOrEqual(16);
    expect(inflating.pendingCount).toBeGreaterThanOrEqual(34);
    expect(new Set(await Promise.all(all))).toEqual(new Set(["inflated"]));
  });
});
