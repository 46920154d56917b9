import { Duration } from "aws-cdk-lib";
import type { AlarmDefinition } from "../alarm.ts";
import type { OwnMetrics } from "../own-metrics.ts";

/** What keeps collectors from getting what they are to get. */
export function deliveryAlarms({ query }: OwnMetrics): AlarmDefinition[] {
  return [
    {
      name: "oldest-delivery",
      meaning: "An event has waited an hour or more for its collector, which fails or cannot keep up.",
      metric: query("MAX", "oldest_pending_delivery_seconds", { period: Duration.minutes(5) }),
      // By the default schedule five attempts are made in the first 43 minutes, and the sixth after 1 h 43 min: whoever
      // is away for shorter wakes nobody, and of the day that is left most is left.
      threshold: 3_600,
      raised: "from",
      // An age is told at each attempt only, hours apart in the end, so that it can never be so for several periods.
      // A query's alarm can look back for three hours at most; a later attempt raises it again.
      periods: [1, 24],
      tellsWhenOver: false, // nothing is told of a delivery that is made, nor between two attempts
    },
    {
      name: "collector-paused",
      meaning: "A collector was paused, as it said that it is gone or had failed for 5 days; its events are put aside.",
      metric: query("SUM", "collectors_paused_total", { period: Duration.minutes(5) }),
      threshold: 1,
      raised: "from",
      periods: [1, 1],
      tellsWhenOver: false, // it stays paused until somebody resumes it
    },
  ];
}
