const DAY_MS = 86_400_000;

/** What a table's TTL attribute holds for an item that expires so many days after a moment: seconds since the epoch. */
export function expiresAt(fromMs: number, days: number): number {
  return Math.ceil((fromMs + days * DAY_MS) / 1_000);
}
