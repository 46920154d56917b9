/**
 * What is counted and measured. Hosts decide where it goes: the server offers it at /metrics, a Lambda function writes it
 * out once in a while, a test reads it. Counting must stay free of I/O, since every poll counts.
 */
export const COUNTERS = {
  policy_polls_total: { help: "Policy polls answered", labels: [] },
  policy_answers_total: {
    help: "Services that stood in an answer to a poll: changed, gone or resent",
    labels: ["reason"],
  },
  policy_reads_total: { help: "Batch reads of policies sent to DynamoDB", labels: [] },
  policy_invalid_total: { help: "Times that a policy was found invalid and therefore not served", labels: [] },
  policy_repairs_total: { help: "Hand-edited policies whose UUID was written anew", labels: [] },
  reports_total: { help: "Reports accepted and queued, by target", labels: ["target"] },
  duplicate_reports_total: {
    help: "Reports that came once more within a minute and are no task of their own",
    labels: [],
  },
  reports_over_budget_total: {
    help: "Reports refused because as many tasks were active as the policy's budget allows, by target",
    labels: ["target"],
  },
  reports_budget_unknown_total: {
    help: "Reports that no budget was asked for because their policy could not be read",
    labels: [],
  },
  rpc_refusals_total: {
    help: "Calls that a service answered with an error, by method and code",
    labels: ["method", "code"],
  },
  out_of_scope_total: {
    help: "Services that calls named without a token that may speak for them, left out or refused, by method",
    labels: ["method"],
  },
  connections_refused_total: {
    help: "Connections closed at once because their port had as many as it may, by port",
    labels: ["port"],
  },
  tasks_recorded_total: { help: "Tasks recorded for the first time", labels: [] },
  profiles_collected_total: { help: "Profiles taken from agents and queued, by target", labels: ["target"] },
  profiles_recorded_total: { help: "Profiles of known tasks recorded for the first time", labels: [] },
  profiles_out_of_scope_total: {
    help: "Profiles dropped because their token may not speak for the service that their task turned out to be of",
    labels: [],
  },
  profiles_apart_total: { help: "Profiles kept apart because no task of that id is known", labels: [] },
  delivery_attempts_total: {
    help: "Attempts to deliver an event, by collector and outcome",
    labels: ["collector", "outcome"],
  },
  deliveries_deferred_total: {
    help: "Deliveries put off for a moment because their collector had as many in hand as it may",
    labels: ["collector"],
  },
  collectors_paused_total: {
    help: "Times that a collector was paused because it was gone or had failed for days",
    labels: ["collector"],
  },
  agent_writes_total: { help: "Items written of what agents watch", labels: [] },
} as const satisfies Record<string, { help: string; labels: readonly string[] }>;

/** What is measured one by one, in seconds, with the upper bounds of the buckets that Prometheus counts in. */
export const HISTOGRAMS = {
  delivery_seconds: {
    help: "Seconds from the acceptance of an event to its delivery, by collector",
    labels: ["collector"],
    buckets: [0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 900, 3_600, 14_400, 43_200],
  },
} as const satisfies Record<string, { help: string; labels: readonly string[]; buckets: readonly number[] }>;

/** What is not counted but read by the host when it publishes; in seconds. */
export const GAUGES = {
  oldest_pending_delivery_seconds: {
    help: "Age of the oldest event that is still to be delivered, by collector",
    labels: ["collector"],
  },
} as const satisfies Record<string, { help: string; labels: readonly string[] }>;

export type CounterName = keyof typeof COUNTERS;
export type CounterLabels<Name extends CounterName> = Record<(typeof COUNTERS)[Name]["labels"][number], string>;
export type HistogramName = keyof typeof HISTOGRAMS;
export type HistogramLabels<Name extends HistogramName> = Record<(typeof HISTOGRAMS)[Name]["labels"][number], string>;
export type GaugeName = keyof typeof GAUGES;

export interface Metrics {
  count<Name extends CounterName>(name: Name, labels?: CounterLabels<Name>, by?: number): void;
  /** Takes one measurement. */
  observe<Name extends HistogramName>(name: Name, value: number, labels: HistogramLabels<Name>): void;
}

/** Counts nothing. */
export const noMetrics: Metrics = { count: () => {}, observe: () => {} };
