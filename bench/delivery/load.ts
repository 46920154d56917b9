/** What the load process is asked to do; it answers with LoadResult. */
export interface LoadRequest {
  /** The gRPC port that takes reports, or the collector, to which the event that a report becomes goes straight. */
  to: { grpcPort: number } | { url: string };
  /** Tells the reports of one request from those of another. */
  run: string;
  /** Per second, the same distance apart, whatever becomes of those before. */
  rate: number;
  seconds: number;
}

export interface LoadResult {
  /** When the first report was due; the next ones are due 1/rate s apart. In ms, as are all times, by clock.ts. */
  startedAt: number;
  /** For each report, in their order, when it was answered; 0 if it was not, or by an error. */
  answeredAt: number[];
  /** Why reports failed, and how many. */
  failures: Record<string, number>;
  /** The load's own processor time, in ms, and how long that was. */
  cpuMs: number;
  elapsedMs: number;
}

/** What the collector is asked about a run. */
export type CollectorQuestion = { count: string } | { take: string };

/** What has arrived of a run: for each event, in the order of arrival, the report's number and when. */
export interface Arrivals {
  numbers: number[];
  arrivedAt: number[];
  /** The collector's own processor time since it started, in ms. */
  cpuMs: number;
}

/** The mark of a report, in its process name: nothing on the way changes that. */
export function markOf(run: string, number: number): string {
  return `${run}#${number}`;
}

/** @returns undefined if it is no such mark. */
export function readMark(mark: unknown): { run: string; number: number } | undefined {
  const [, run, number] = /^(.*)#(\d+)$/.exec(String(mark)) ?? [];
  return run === undefined ? undefined : { run, number: Number(number) };
}
