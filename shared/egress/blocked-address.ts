/** How the message of every refusal begins, wherever it is repeated. */
export const BLOCKED = "blocked: ";

/** A connection was not opened because its address is not allowed. Trying again changes nothing. */
export class BlockedAddress extends Error {
  override readonly name = "BlockedAddress";
}

/** The refusal that an error was caused by, however often it was wrapped. */
export function blockedAddressIn(error: unknown): BlockedAddress | undefined {
  const seen = new Set<unknown>();
  for (let cause = error; cause instanceof Error && !seen.has(cause); cause = cause.cause) {
    if (cause instanceof BlockedAddress) return cause;
    seen.add(cause);
  }
  return undefined;
}
