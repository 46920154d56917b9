import { Counter, collectDefaultMetrics, Histogram, Registry } from "prom-client";
import { COUNTERS, type CounterName, HISTOGRAMS, type HistogramName, type Metrics } from "../../shared/metrics.ts";

export interface PrometheusMetrics extends Metrics {
  readonly registry: Registry;
}

/** Keeps what is counted and measured in memory, for /metrics to show. */
export function createPrometheusMetrics(): PrometheusMetrics {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const counters = new Map<CounterName, Counter>(
    Object.entries(COUNTERS).map(([name, { help, labels }]) => [
      name as CounterName,
      new Counter({ name: `flashpoint_${name}`, help, labelNames: [...labels], registers: [registry] }),
    ]),
  );
  const histograms = new Map<HistogramName, Histogram>(
    Object.entries(HISTOGRAMS).map(([name, { help, labels, buckets }]) => [
      name as HistogramName,
      new Histogram({
        name: `flashpoint_${name}`,
        help,
        labelNames: [...labels],
        buckets: [...buckets],
        registers: [registry],
      }),
    ]),
  );
  return {
    registry,
    count: (name, labels, by = 1) => {
      const counter = counters.get(name);
      if (labels === undefined) counter?.inc(by);
      else counter?.inc(labels, by);
    },
    observe: (name, value, labels) => histograms.get(name)?.observe(labels, value),
  };
}
