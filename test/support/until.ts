import { setTimeout as delay } from "node:timers/promises";

const POLL_MS = 20;

/**
 * Waits until `look` gives something, asking again and again.
 * @throws when `timeoutMs` have passed, with the last error of `look` if it threw.
 */
export async function until<T>(
  what: string,
  look: () => Promise<T | undefined> | T | undefined,
  timeoutMs = 10_000,
): Promise<T> {
  const deadline = performance.now() + timeoutMs;
  let lastError: unknown;
  while (performance.now() < deadline) {
    try {
      const found = await look();
      if (found !== undefined) return found;
      lastError = undefined;
    } catch (error) {
      lastError = error;
    }
    await delay(POLL_MS);
  }
  throw new Error(`not within ${timeoutMs} ms: ${what}`, { cause: lastError });
}
