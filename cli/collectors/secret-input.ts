import { errorText, InvalidInput } from "../../shared/errors.ts";

/** Longer than any secret that is valid. */
const MAX_SECRET_BYTES = 64 * 1_024;

/**
 * Reads a secret from standard input; one line end behind it does not count.
 * @throws InvalidInput if it cannot be read or is far too long.
 */
export async function readSecret(): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  try {
    for await (const chunk of process.stdin) {
      chunks.push(chunk);
      bytes += chunk.length;
      if (bytes > MAX_SECRET_BYTES) break;
    }
  } catch (error) {
    throw new InvalidInput("standard input", [{ path: "", problem: `cannot be read: ${errorText(error)}` }]);
  }
  if (bytes > MAX_SECRET_BYTES) {
    throw new InvalidInput("standard input", [{ path: "", problem: `is too large: over ${MAX_SECRET_BYTES} bytes` }]);
  }
  return Buffer.concat(chunks)
    .toString("utf8")
    .replace(/\r?\n$/, "");
}
