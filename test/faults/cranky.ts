import { type Chance, whole } from "./chance.ts";
import type { Reaction } from "./collector-under-fire.ts";

/** In this order. Hanging is the most expensive of them, and comes less often. */
const FAILURES = [
  "500",
  "429 with Retry-After",
  "connection reset",
  "garbage bytes",
  "no answer",
  "cut off",
  "500",
  "429 with Retry-After",
  "garbage bytes",
  "connection reset",
  "cut off",
] as const satisfies readonly Reaction[];

/** How often an event is failed at most. */
const MOST_FAILURES = 6;

/** Fails an event a few times before it takes it, each time in another way; how often is up to chance, rather seldom. */
export function crankyReaction(chance: Chance): (id: string, attempt: number) => Reaction {
  return (id, attempt) => {
    const failures = whole(chance("cranky", id) ** 6, 0, MOST_FAILURES);
    if (attempt > failures) return "accept";
    const first = whole(chance("cranky first", id), 0, FAILURES.length - 1);
    return FAILURES[(first + attempt) % FAILURES.length] ?? "500";
  };
}
