import type { CounterName, GaugeName, HistogramName, Metrics } from "../metrics.ts";
import { emfLines } from "./emf-lines.ts";
import { standardOutput } from "./standard-output.ts";

export interface EmfMetrics extends Metrics {
  /** Takes what was measured, or a gauge as it stands. */
  observe(name: HistogramName | GaugeName, value: number, labels: Readonly<Record<string, string>>): void;
  /** Whether anything was counted since the last flush of which a single one raises an alarm. */
  raisesAlarm(): boolean;
  /** Writes out what came since the last time; nothing if nothing came. Does not throw: what cannot be written is lost. */
  flush(): void;
}

/** What came with the same labels. */
interface Group {
  readonly labels: Readonly<Record<string, string>>;
  readonly sums: Map<string, number>;
  readonly seconds: Map<string, number[]>;
}

/**
 * Keeps what is counted and measured in memory until it is flushed to standard output, from where Lambda carries it to
 * CloudWatch. A process that is killed loses what it has not flushed.
 */
export function createEmfMetrics(options: {
  stack: string;
  now?: () => number;
  /** Writes one line. */
  write?: (line: string) => void;
}): EmfMetrics {
  const { stack, now = Date.now, write = (line) => standardOutput.write(`${line}\n`) } = options;
  let groups = new Map<string, Group>();
  let raisesAlarm = false;

  function groupOf(labels: Readonly<Record<string, string>>): Group {
    const key = JSON.stringify(labels);
    const known = groups.get(key);
    if (known !== undefined) return known;
    const group: Group = { labels, sums: new Map(), seconds: new Map() };
    groups.set(key, group);
    return group;
  }

  return {
    count(name, labels, by = 1) {
      const { sums } = groupOf(labels ?? {});
      sums.set(name, (sums.get(name) ?? 0) + by);
      raisesAlarm ||= isAlarming(name, labels);
    },
    observe(name, value, labels) {
      const { seconds } = groupOf(labels);
      const values = seconds.get(name);
      if (values === undefined) seconds.set(name, [value]);
      else values.push(value);
    },
    raisesAlarm: () => raisesAlarm,
    flush() {
      const flushed = groups;
      groups = new Map();
      raisesAlarm = false;
      try {
        for (const { labels, sums, seconds } of flushed.values()) {
          const counted = [...sums].map(([name, sum]) => ({ name, unit: "Count" as const, values: [sum] }));
          const measured = [...seconds].map(([name, values]) => ({ name, unit: "Seconds" as const, values }));
          for (const line of emfLines(now(), { stack, ...labels }, [...counted, ...measured])) write(line);
        }
      } catch {
        // No batch fails for its metrics, and a log that could tell of it goes the same way.
      }
    },
  };
}

/** Of what seldom happens, so that no second one may follow. An outage's refusals do, by the hundred. */
function isAlarming(name: CounterName, labels: Readonly<Record<string, string>> = {}): boolean {
  return name === "policy_invalid_total" || (name === "rpc_refusals_total" && labels.code === "Internal");
}
