import { percentile } from "../percentile.ts";
import type { Arrivals, LoadResult } from "./load.ts";

/** What became of the reports of one run. */
export interface Account {
  readonly sent: number;
  readonly answered: number;
  /** Reports whose event arrived, and those of them whose event came more than once. */
  readonly arrived: number;
  readonly twice: number;
  /** Reports that were answered, so accepted, and whose event did not arrive. */
  readonly lost: number;
  /** Ms from when a report was due until it was answered. */
  readonly answers: readonly number[];
  /** Ms from when a report was due until its event was with the collector, the first time. */
  readonly arrivals: readonly number[];
  /** By ms since the first was due: how many reports were due and had not arrived. */
  readonly backlog: readonly (readonly [ms: number, reports: number])[];
}

/** How often the backlog is looked at, in ms. */
const LOOK_MS = 250;

/**
 * Puts together what was sent and what arrived. All times count from when a report was due, not from when it left: a
 * load that waits for a server that stands still would hide just that.
 */
export function accountOf(
  { startedAt, answeredAt }: Pick<LoadResult, "startedAt" | "answeredAt">,
  { numbers, arrivedAt }: Pick<Arrivals, "numbers" | "arrivedAt">,
  rate: number,
): Account {
  const dueAt = (number: number): number => startedAt + (number * 1_000) / rate;
  const first = new Map<number, number>();
  const twice = new Set<number>();
  numbers.forEach((number, index) => {
    if (first.has(number)) twice.add(number);
    else first.set(number, arrivedAt[index] ?? Number.NaN);
  });
  return {
    sent: answeredAt.length,
    answered: answeredAt.filter((at) => at > 0).length,
    arrived: first.size,
    twice: twice.size,
    lost: answeredAt.filter((at, number) => at > 0 && !first.has(number)).length,
    answers: answeredAt.flatMap((at, number) => (at > 0 ? [at - dueAt(number)] : [])),
    arrivals: [...first].map(([number, at]) => at - dueAt(number)),
    backlog: backlogOf([...first.values()], startedAt, { count: answeredAt.length, rate }),
  };
}

/** For as long as reports are due. */
function backlogOf(
  arrivedAt: readonly number[],
  startedAt: number,
  { count, rate }: { count: number; rate: number },
): [ms: number, reports: number][] {
  const arrivals = Float64Array.from(arrivedAt).sort();
  const backlog: [number, number][] = [];
  let arrived = 0;
  for (let ms = LOOK_MS; ms <= (count / rate) * 1_000; ms += LOOK_MS) {
    while (arrived < arrivals.length && (arrivals[arrived] ?? 0) <= startedAt + ms) arrived++;
    const due = Math.min(count, Math.floor((ms * rate) / 1_000) + 1);
    backlog.push([ms, due - arrived]);
  }
  return backlog;
}

export const p50 = (values: readonly number[]): number => percentile(values, 0.5);
export const p99 = (values: readonly number[]): number => percentile(values, 0.99);
