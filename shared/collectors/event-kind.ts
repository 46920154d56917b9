/** What a collector can ask for in its attribute `events`. */
export const EVENT_KINDS = ["tasks", "profiles"] as const;
export type EventKind = (typeof EVENT_KINDS)[number];

/**
 * Reads a list or string set of event kinds, which anybody may have typed; each comes once.
 * @returns undefined if it holds nothing, or anything else.
 */
export function readEventKinds(value: unknown): EventKind[] | undefined {
  const asked: unknown = value instanceof Set ? [...value] : value;
  if (!Array.isArray(asked) || asked.length === 0) return undefined;
  const known: readonly unknown[] = EVENT_KINDS;
  if (!asked.every((event) => known.includes(event))) return undefined;
  return EVENT_KINDS.filter((event) => asked.includes(event));
}
