import { InvalidArgumentError } from "commander";
import { durationMs } from "./duration.ts";

/** ISO 8601: a day in UTC, or a time that says which zone it means. */
const TIME = /^(\d{4}-\d{2}-\d{2})(T\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:\d{2}))?$/;

/**
 * Reads how far to look back: an age, for instance `15m`, or a time.
 * @returns ms since the epoch.
 * @throws InvalidArgumentError, which commander shows as wrong usage.
 */
export function parseSince(text: string, now = Date.now()): number {
  const age = durationMs(text);
  if (age !== undefined) return Math.max(0, now - age);
  const [, day] = TIME.exec(text) ?? [];
  const time = day !== undefined && isDay(day) ? Date.parse(text) : Number.NaN;
  if (Number.isNaN(time)) {
    throw new InvalidArgumentError(
      "It takes an age like 30s, 15m, 12h or 5d, or a time like 2026-01-31 or 2026-01-31T12:00:00Z.",
    );
  }
  if (time > now) throw new InvalidArgumentError("It lies in the future.");
  return time;
}

/** February has no 30th, though JavaScript takes it for a day in March. */
function isDay(day: string): boolean {
  const time = new Date(`${day}T00:00:00Z`);
  return !Number.isNaN(time.getTime()) && time.toISOString().startsWith(day);
}
