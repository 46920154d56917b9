/** One metric of one line: what CloudWatch would take from it. */
export interface Point {
  metric: string;
  unit: string;
  dimensions: Record<string, string>;
  values: number[];
  timestamp: number;
}

const MAX_BYTES = 256 * 1_024;
/** CloudWatch takes times from two weeks ago to two hours ahead. */
const DAY_MS = 86_400_000;
const [PAST_MS, AHEAD_MS] = [14 * DAY_MS, DAY_MS / 12];

type Json = Record<string, unknown>;

/**
 * Reads a line as CloudWatch does, by the rules of "Specification: Embedded metric format" in its User Guide; throws
 * with every rule that the line breaks.
 */
export function readEmfLine(line: string, namespace: string, now: number): Point[] {
  const broken: string[] = [];
  const rule = (text: string, holds: boolean): void => {
    if (!holds) broken.push(text);
  };
  const root = JSON.parse(line) as Json;
  rule("256 KB at most", Buffer.byteLength(line) <= MAX_BYTES);
  const { Timestamp, CloudWatchMetrics, ...more } = (root._aws ?? {}) as Json;
  rule("metadata has no other members", Object.keys(more).length === 0);
  rule("time is in whole ms", Number.isInteger(Timestamp));
  const timestamp = Timestamp as number;
  rule("time is about now", timestamp > now - PAST_MS && timestamp < now + AHEAD_MS);

  const points = (CloudWatchMetrics as Json[]).flatMap(({ Namespace, Dimensions, Metrics, ...others }) => {
    rule("directive has no other members", Object.keys(others).length === 0);
    rule("namespace", Namespace === namespace);
    const metrics = Metrics as Json[];
    rule("1 to 100 metrics", metrics.length >= 1 && metrics.length <= 100);
    rule("names differ", new Set(metrics.map(({ Name }) => Name)).size === metrics.length);
    const sets = Dimensions as string[][];
    rule("a set of dimensions", sets.length >= 1);
    return sets.flatMap((names) => {
      rule("30 dimensions at most", names.length <= 30);
      const dimensions = Object.fromEntries(names.map((name) => [name, root[name] as string]));
      for (const [name, value] of Object.entries(dimensions)) {
        rule(`dimension ${name} is text`, typeof value === "string" && value.trim() !== "" && value.length <= 1_024);
      }
      return metrics.map(({ Name, Unit, ...rest }): Point => {
        const metric = Name as string;
        rule(`${metric}: no other members`, Object.keys(rest).length === 0);
        rule(`${metric}: unit`, Unit === "Count" || Unit === "Seconds");
        rule(`${metric}: is no dimension`, !names.includes(metric));
        const target = root[metric];
        const values = (Array.isArray(target) ? target : [target]) as number[];
        rule(`${metric}: 1 to 100 values`, values.length >= 1 && values.length <= 100);
        rule(`${metric}: numbers`, values.every(Number.isFinite));
        return { metric, unit: Unit as string, dimensions, values, timestamp };
      });
    });
  });
  if (broken.length > 0) throw new Error(`breaks ${[...new Set(broken)].join("; ")}: ${line.slice(0, 500)}`);
  return points;
}

/** Every value that was told of a metric, by its dimensions as `name=value` in alphabetical order. */
export function valuesOf(points: readonly Point[], metric: string): Record<string, number[]> {
  const found: Record<string, number[]> = {};
  for (const point of points.filter((each) => each.metric === metric)) {
    const names = Object.entries(point.dimensions).map(([name, value]) => `${name}=${value}`);
    const key = names.sort().join(" ");
    found[key] = [...(found[key] ?? []), ...point.values];
  }
  return found;
}

/** The sums of the same. */
export function sumsOf(points: readonly Point[], metric: string): Record<string, number> {
  const sums = Object.entries(valuesOf(points, metric)).map(([key, values]) => [
    key,
    values.reduce((sum, value) => sum + value, 0),
  ]);
  return Object.fromEntries(sums);
}
