import { ageText } from "../../shared/diagnosis/age-text.ts";
import { untilText } from "../../shared/diagnosis/until-text.ts";

/** As `Date.toISOString` writes it, with the word before it that asks for a span. */
const TIME = /(since )?\b(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z)/g;
const DAYS_MS = 2 * 86_400_000;

/**
 * Times in a text as short as they can be said, for two days around `now` (ms since the epoch) as ages; else as the day. What
 * was `since` a time is so `for` an age.
 */
export function shortTimes(text: string, now: number): string {
  return text.replace(TIME, (_, since = "", iso: string) => {
    const time = Date.parse(iso);
    if (Math.abs(time - now) >= DAYS_MS) return since + iso.slice(0, "2026-01-31".length);
    if (time > now) return since + untilText(time, now);
    const age = ageText(time, now);
    return since === "" ? age : `for ${age.replace(/ ago$/, "")}`;
  });
}
