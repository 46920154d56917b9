/**
 * CloudWatch's embedded metric format: lines of a log from which CloudWatch Logs takes metrics. Written after its
 * specification, "Specification: Embedded metric format" in the Amazon CloudWatch User Guide.
 */

export const NAMESPACE = "Flashpoint";
/** A directive names no more metrics than this. */
const MAX_METRICS = 100;
/** A metric has no more values in one line than this. */
const MAX_VALUES = 100;

export interface EmfMetric {
  readonly name: string;
  readonly unit: "Count" | "Seconds";
  readonly values: readonly number[];
}

/**
 * The lines that tell of metrics with the same dimensions: one, or as many as the limits ask for.
 * @param timestamp ms since the epoch.
 * @param dimensions 30 at most; their names are none of the metrics'.
 */
export function emfLines(
  timestamp: number,
  dimensions: Readonly<Record<string, string>>,
  metrics: readonly EmfMetric[],
): string[] {
  const lines: string[] = [];
  let left = metrics.filter(({ values }) => values.length > 0);
  while (left.length > 0) {
    const together = left.slice(0, MAX_METRICS);
    lines.push(emfLine(timestamp, dimensions, together.map(firstValues)));
    left = [...together.map(otherValues).filter(({ values }) => values.length > 0), ...left.slice(MAX_METRICS)];
  }
  return lines;
}

function emfLine(timestamp: number, dimensions: Readonly<Record<string, string>>, metrics: readonly EmfMetric[]) {
  const directive = {
    Namespace: NAMESPACE,
    Dimensions: [Object.keys(dimensions)],
    Metrics: metrics.map(({ name, unit }) => ({ Name: name, Unit: unit })),
  };
  const values = metrics.map(({ name, values }) => [name, values.length === 1 ? values[0] : values]);
  return JSON.stringify({
    _aws: { Timestamp: timestamp, CloudWatchMetrics: [directive] },
    ...dimensions,
    ...Object.fromEntries(values),
  });
}

function firstValues(metric: EmfMetric): EmfMetric {
  return { ...metric, values: metric.values.slice(0, MAX_VALUES) };
}

function otherValues(metric: EmfMetric): EmfMetric {
  return { ...metric, values: metric.values.slice(MAX_VALUES) };
}
