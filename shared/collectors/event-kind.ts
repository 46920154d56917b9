import { readChoices } from "./read-choices.ts";

/** What a collector can ask for in its attribute `events`. */
export const EVENT_KINDS = ["tasks", "profiles"] as const;
export type EventKind = (typeof EVENT_KINDS)[number];

/** See `readChoices`. */
export function readEventKinds(value: unknown): EventKind[] | undefined {
  return readChoices(value, EVENT_KINDS);
}
