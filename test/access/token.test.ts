import { randomBytes } from "node:crypto";
import { describe, expect, it } from "vitest";
import { isToken, makeToken, tokenHash, tokenId } from "../../shared/access/token.ts";

/** Worked out with Python's base64, zlib and hashlib. */
const COUNTED = {
  random: Uint8Array.from({ length: 32 }, (_, index) => index),
  token: "fp_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8qohr2g",
  hash: "c40886935686322c69649d166e0d60b84b66727ff1b03e2e63bb3f976bb758fc",
};

describe("a token", () => {
  it("is its prefix, the random bytes and their checksum", () => {
    expect(makeToken(COUNTED.random)).toBe(COUNTED.token);
    expect(makeToken(new Uint8Array(32).fill(255))).toBe("fp___________________________________________8UcOJFg");
  });

  it("is kept as its SHA-256 and called by the beginning of that", () => {
    expect(tokenHash(COUNTED.token)).toBe(COUNTED.hash);
    expect(tokenId(COUNTED.hash)).toBe("c40886935686");
  });

  it("is taken for one, whatever the random bytes are", () => {
    for (let round = 0; round < 1_000; round++) {
      const token = makeToken(randomBytes(32));
      expect(isToken(token)).toBe(true);
      expect(token).toMatch(/^fp_[A-Za-z0-9_-]{49}$/);
    }
  });

  it("takes 32 random bytes, no more and no less", () => {
    for (const length of [0, 31, 33]) expect(() => makeToken(new Uint8Array(length))).toThrow(RangeError);
  });

  it("is none any more with any one character changed, left out or added", () => {
    const { token } = COUNTED;
    for (let at = 0; at < token.length; at++) {
      const other = token[at] === "x" ? "y" : "x";
      expect(isToken(token.slice(0, at) + other + token.slice(at + 1)), `changed at ${at}`).toBe(false);
      expect(isToken(token.slice(0, at) + token.slice(at + 1)), `left out at ${at}`).toBe(false);
      expect(isToken(`${token.slice(0, at)}A${token.slice(at)}`), `added at ${at}`).toBe(false);
    }
  });

  it.each(["", "fp_", "hunter2", ` ${COUNTED.token}`, `${COUNTED.token}\n`, COUNTED.token.toUpperCase(), COUNTED.hash])(
    "is not %j",
    (text) => {
      expect(isToken(text)).toBe(false);
    },
  );
});
