import { ageText } from "../../shared/diagnosis/age-text.ts";
import { untilText } from "../../shared/diagnosis/until-text.ts";

/** As `Date.toISOString` writes it; behind `since`, an age would be no time to begin from. */
const TIME = /(?<!since )\b\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z/g;
const DAYS_MS = 2 * 86_400_000;

/** Times in a text as short as they can be said: as ages for two days around `now`, ms since the epoch; else as the day. */
export function shortTimes(text: string, now: number): string {
  return text.replace(TIME, (iso) => {
    const time = Date.parse(iso);
    if (Math.abs(time - now) >= DAYS_MS) return iso.slice(0, "2026-01-31".length);
    return time > now ? untilText(time, now) : ageText(time, now);
  });
}
