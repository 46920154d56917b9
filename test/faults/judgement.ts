import type { RecordSeen } from "../support/engines.ts";
import type { Arrivals, Fault } from "./arrivals.ts";
import { quantile } from "./quantile.ts";
import type { SentReports } from "./sent-reports.ts";
import type { Verdict } from "./stage.ts";

/** All that was seen of a run. */
export interface Seen {
  readonly kills: number;
  readonly sent: SentReports;
  /** Which reports each collector should get, by instance. */
  readonly expected: Readonly<Record<CollectorName, readonly string[]>>;
  readonly arrivals: Readonly<Record<CollectorName, Arrivals>>;
  readonly records: readonly RecordSeen[];
  readonly aliases: ReadonlyMap<string, string>;
  readonly deadLetters: number;
  readonly leftInQueues: number;
  /** Part of the time in which the flaky collector was down. */
  readonly downPart: number;
  readonly twins: number;
  readonly redeliveries: { readonly late: number; readonly copies: number };
  /** Milliseconds from report to arrival at the healthy collector. */
  readonly latencies: { readonly alone: readonly number[]; readonly together: readonly number[] };
}

export type CollectorName = "healthy" | "flaky" | "cranky";

/** Healthy's 99th percentile beside misbehaving collectors may be so many times that of being alone. */
const MOST_LATENCY = 2;

/** Holds what was seen against what is promised. */
export function judge(seen: Seen): Verdict[] {
  return [...arrivalVerdicts(seen), ...recordVerdicts(seen), ...queueVerdicts(seen), latencyVerdict(seen)];
}

function arrivalVerdicts({ expected, arrivals, records }: Seen): Verdict[] {
  const perCollector = Object.entries(arrivals).map(([name, { byEvent }]) => {
    const taken = byEvent.values().filter(({ accepted }) => accepted > 0);
    const told = new Set(taken.map(({ instance }) => instance));
    const instances = expected[name as CollectorName];
    return { name, of: instances.length, lost: instances.filter((instance) => !told.has(instance)).length };
  });
  const taskIds = new Map(records.map(({ instance, taskId }) => [instance, taskId]));
  const all = Object.values(arrivals).flatMap(({ byEvent }) => [...byEvent]);
  const strangers = all.filter(([id, { instance }]) => taskIds.get(instance) !== id).length;
  const attempts = all.reduce((sum, [, arrival]) => sum + arrival.attempts, 0);
  const among = (promise: string, ...kinds: Fault[]): Verdict => {
    const faulty = kinds.flatMap((kind) => Object.values(arrivals).map(({ faults }) => faults.get(kind) ?? 0));
    const sound = attempts - faulty.reduce((sum, count) => sum + count, 0);
    return { promise, measured: `${sound} of ${attempts} attempts`, isHeld: attempts > 0 && sound === attempts };
  };
  return [
    {
      promise: "every answered report reaches every collector",
      measured: `lost: ${perCollector.map(({ name, of, lost }) => `${name} ${lost} of ${of}`).join(", ")}`,
      isHeld: perCollector.every(({ lost, of }) => lost === 0 && of > 0),
    },
    {
      promise: "a report comes under the id of its record, whatever happened",
      measured: `${all.length - strangers} of ${all.length} events`,
      isHeld: strangers === 0,
    },
    among("all attempts of an event have one id and one body", "id", "body"),
    among("standardwebhooks accepts every signature", "signature"),
    among("cloudevents takes every event for valid", "CloudEvent"),
  ];
}

function recordVerdicts({ sent, records, aliases }: Seen): Verdict[] {
  const recorded = new Set(records.map(({ instance }) => instance));
  const known = new Set(records.map(({ taskId }) => taskId));
  const ids = sent.answers.values().flatMap((answers) => [...answers]);
  const lost = ids.filter((id) => !known.has(aliases.get(id) ?? id)).toArray().length;
  const delivered = records.filter(({ statuses }) => Object.values(statuses).every((status) => status === "delivered"));
  return [
    {
      promise: "one record for each report",
      measured: `${records.length} records of ${recorded.size} reports; ${sent.answers.size} were answered`,
      isHeld: records.length === recorded.size && recorded.size === sent.answers.size,
    },
    {
      promise: "every id that an agent was answered with leads to a record",
      measured: `${lost} do not; ${aliases.size} lead to an earlier one`,
      isHeld: lost === 0,
    },
    {
      promise: "every delivery is noted as delivered",
      measured: `in ${delivered.length} of ${records.length} records`,
      isHeld: records.length > 0 && delivered.length === records.length,
    },
  ];
}

function queueVerdicts({ deadLetters, leftInQueues }: Seen): Verdict[] {
  return [
    { promise: "nothing goes to the dead letters", measured: `${deadLetters} messages`, isHeld: deadLetters === 0 },
    { promise: "the queues end empty", measured: `${leftInQueues} messages left`, isHeld: leftInQueues === 0 },
  ];
}

function latencyVerdict({ latencies: { alone, together } }: Seen): Verdict {
  const ratio = quantile(together, 0.99) / quantile(alone, 0.99);
  return {
    promise: `a healthy collector's p99 stays within ${MOST_LATENCY} times that of being alone`,
    measured: `${ratio.toFixed(2)} times`,
    isHeld: ratio <= MOST_LATENCY,
  };
}
