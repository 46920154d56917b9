import { hash } from "node:crypto";
import { crc32 } from "node:zlib";

/**
 * A token is `fp_`, 32 random bytes and a checksum of both, all in letters, digits, `-` and `_`. The prefix lets a
 * scanner of repositories spot it, the checksum lets it tell a token from a look-alike without asking anybody; it keeps
 * no secret, and whoever guesses still has to guess the 32 bytes.
 */
const PREFIX = "fp_";
export const RANDOM_BYTES = 32;
/** In characters: the CRC-32 of all that stands before it, four bytes in base64url. */
const CHECKSUM_LENGTH = 6;
const FORM = /^fp_[A-Za-z0-9_-]{49}$/;
const ID_LENGTH = 12;

/** @throws RangeError unless `random` holds 32 bytes, which nobody else may know. */
export function makeToken(random: Uint8Array): string {
  if (random.length !== RANDOM_BYTES)
    throw new RangeError(`a token takes ${RANDOM_BYTES} random bytes, not ${random.length}`);
  const unchecked = `${PREFIX}${Buffer.from(random).toString("base64url")}`;
  return `${unchecked}${checksumOf(unchecked)}`;
}

/** Whether a text has the form of a token, whatever its checksum says. */
export function looksLikeToken(text: string): boolean {
  return FORM.test(text);
}

/** Whether a text can be a token of ours; whether it is one, only the table of tokens knows. */
export function isToken(text: string): boolean {
  return looksLikeToken(text) && checksumOf(text.slice(0, -CHECKSUM_LENGTH)) === text.slice(-CHECKSUM_LENGTH);
}

/**
 * The only form in which a token is stored: SHA-256, in hexadecimal. It needs neither salt nor stretching, since nobody
 * can try out 32 random bytes; and a look-up by it takes no time that would tell how much of a guess was right.
 */
export function tokenHash(token: string): string {
  return hash("sha256", token);
}

/** What people call a token by. It leads nobody back to the token. */
export function tokenId(hashed: string): string {
  return hashed.slice(0, ID_LENGTH);
}

function checksumOf(text: string): string {
  const checksum = Buffer.alloc(4);
  checksum.writeUInt32BE(crc32(text));
  return checksum.toString("base64url");
}
