import { QUEUES } from "../resources.ts";

/**
 * When a failed delivery is tried again. Pure arithmetic: the queue carries the wait, as the visibility timeout of the
 * message; the record of the event counts the attempts.
 */

/**
 * SQS hides a message for at most 12 hours, counted from its receive (ChangeMessageVisibility). That may lie back as far
 * as the queue's own timeout: a batch waits for a free function, and then there is the attempt.
 */
export const MAX_DELAY_SECONDS = 43_200 - QUEUES.deliveries.visibilityTimeoutSeconds;
/** Each wait is up to this part longer or shorter, so that what failed together does not come back together. */
export const JITTER = 0.2;

/**
 * How long to wait after attempt number `attempt`, counted from 1, failed.
 * @param retryAfterSeconds what the collector asked for; it can only make the wait longer.
 * @param random from 0 up to 1.
 * @returns whole seconds from 1 to MAX_DELAY_SECONDS, or undefined if that was the last attempt.
 */
export function retryDelaySeconds(
  schedule: readonly number[],
  attempt: number,
  { retryAfterSeconds = 0, random }: { retryAfterSeconds?: number | undefined; random: number },
): number | undefined {
  const wait = schedule[attempt - 1];
  if (wait === undefined) return undefined;
  const jittered = wait * (1 + JITTER * (2 * random - 1));
  // SQS answers a timeout of 0 with an immediate receive, emulators with an error; 1 is as good.
  return Math.min(Math.max(Math.round(jittered), Math.ceil(retryAfterSeconds), 1), MAX_DELAY_SECONDS);
}

/** The longest that a schedule can take from the first attempt to the last, in seconds. */
export function longestScheduleSeconds(schedule: readonly number[]): number {
  return schedule.reduce((sum, wait) => sum + Math.min(wait * (1 + JITTER), MAX_DELAY_SECONDS), 0);
}

/** Clocks of two hosts differ, and a message is shown again a moment sooner or later. */
const CLOCK_SLACK_SECONDS = 2;

/**
 * How long a message still has to wait that came before its attempt is due, as a copy does.
 * @param nextAt ISO 8601.
 * @returns whole seconds up to MAX_DELAY_SECONDS; 0 if it is due, or so soon that clocks cannot tell.
 */
export function secondsUntil(nextAt: string | undefined, epochMs: number): number {
  const seconds = (Date.parse(nextAt ?? "") - epochMs) / 1_000;
  return seconds > CLOCK_SLACK_SECONDS ? Math.min(Math.ceil(seconds), MAX_DELAY_SECONDS) : 0;
}
