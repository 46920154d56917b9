import { untilText } from "../../shared/diagnosis/until-text.ts";

/** When the next attempt is due, for instance `in 3 h 58 min`; undefined if there will be none, or none is noted. */
export function nextText(
  { status, nextAt }: { status: string; nextAt?: string | null },
  now: number,
): string | undefined {
  const time = typeof nextAt !== "string" ? Number.NaN : Date.parse(nextAt);
  return status !== "retrying" || Number.isNaN(time) ? undefined : untilText(time, now);
}
