/**
 * What is counted. Hosts decide where the counts go: the server offers them at /metrics, a test reads them.
 * Counting must stay free of I/O, since every poll counts.
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
  rpc_refusals_total: {
    help: "Calls that a service answered with an error, by method and code",
    labels: ["method", "code"],
  },
  tasks_recorded_total: { help: "Tasks recorded for the first time", labels: [] },
  profiles_collected_total: { help: "Profiles taken from agents and queued, by target", labels: ["target"] },
  profiles_recorded_total: { help: "Profiles of known tasks recorded for the first time", labels: [] },
  profiles_apart_total: { help: "Profiles kept apart because no task of that id is known", labels: [] },
  delivery_attempts_total: {
    help: "Attempts to deliver an event, by collector and outcome",
    labels: ["collector", "outcome"],
  },
  agent_writes_total: { help: "Items written of what agents watch", labels: [] },
} as const satisfies Record<string, { help: string; labels: readonly string[] }>;

export type CounterName = keyof typeof COUNTERS;
export type CounterLabels<Name extends CounterName> = Record<(typeof COUNTERS)[Name]["labels"][number], string>;

export interface Metrics {
  count<Name extends CounterName>(name: Name, labels?: CounterLabels<Name>, by?: number): void;
}

/** Counts nothing. */
export const noMetrics: Metrics = { count: () => {} };
