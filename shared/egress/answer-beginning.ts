import type { IncomingMessage } from "node:http";

/** What it may cost to read a body to its end, so that its connection serves the next request. */
const REST = { bytes: 65_536, ms: 1_000 };

/**
 * Reads an answer's body: keeps the first bytes, passes over the rest. A body with more to it than is worth reading
 * costs its connection.
 * @param deadline by the clock of `performance.now`.
 * @returns gives the first bytes as text when they are there, or what there is of them at the deadline.
 */
export function beginningOf(response: IncomingMessage, maxBytes: number, deadline: number): () => Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  const { promise: isKept, resolve: keep } = Promise.withResolvers<void>();
  const giveUpAfter = (ms: number) => setTimeout(() => response.destroy(), ms);
  const left = (): number => deadline - performance.now();

  let timer = giveUpAfter(Math.min(REST.ms, left()));
  response.on("data", (chunk: Buffer) => {
    if (bytes < maxBytes) chunks.push(chunk);
    bytes += chunk.byteLength;
    if (bytes >= maxBytes) keep();
    if (bytes > REST.bytes) response.destroy();
  });
  response.once("close", () => {
    clearTimeout(timer);
    keep();
  });
  return async () => {
    if (!response.closed) {
      clearTimeout(timer);
      timer = giveUpAfter(left());
    }
    await isKept;
    return Buffer.concat(chunks).subarray(0, maxBytes).toString("utf8").trim();
  };
}
