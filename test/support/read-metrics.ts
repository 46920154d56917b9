import type { ReadTemplate, Resource } from "./stack.ts";

/** A metric that an alarm or a graph reads, or all that its conditions leave of it. */
export interface ReadMetric {
  readonly namespace: string;
  readonly name: string;
  /** Names of all dimensions that it has. */
  readonly dimensions: readonly string[];
  /** Those that are to have a certain value, as far as it is no reference. */
  readonly where: Readonly<Record<string, string>>;
}

export function alarmsOf({ resources }: ReadTemplate): Resource[] {
  return resources("AWS::CloudWatch::Alarm");
}

/** An alarm's name as RUNBOOK.md has it. */
export function nameOf({ Properties }: Resource, prefix = "flashpoint"): string {
  return Properties.AlarmName.replace(`${prefix}-`, "");
}

/** What an alarm reads, whether it names a metric, reckons with some, or queries. */
export function alarmedMetrics({ Properties }: Resource): ReadMetric[] {
  const { Namespace, MetricName, Dimensions = [], Metrics = [] } = Properties;
  if (MetricName !== undefined) return [named(Namespace, MetricName, Dimensions)];
  // biome-ignore lint/suspicious/noExplicitAny: as loose as a template
  return Metrics.flatMap(({ Expression, MetricStat }: any) => {
    if (MetricStat === undefined) return readExpression(Expression);
    const { Namespace, MetricName, Dimensions } = MetricStat.Metric;
    return [named(Namespace, MetricName, Dimensions)];
  });
}

/** What a dashboard's graphs read. References in its body stand for something in text. */
export function shownMetrics({ Properties }: Resource): ReadMetric[] {
  const [, parts] = Properties.DashboardBody["Fn::Join"];
  const body: string = parts.map((part: unknown) => (typeof part === "string" ? part : "REFERENCE")).join("");
  // biome-ignore lint/suspicious/noExplicitAny: as loose as a dashboard
  const lines: any[][] = JSON.parse(body).widgets.flatMap(({ properties }: any) => properties.metrics ?? []);
  return lines.flatMap((line) => {
    if (typeof line[0] === "object") return readExpression(line[0].expression);
    const [namespace = "", name = "", ...pairs] = line.filter((part): part is string => typeof part === "string");
    const dimensions = pairs.flatMap((key, index) => (index % 2 === 0 ? [{ Name: key, Value: pairs[index + 1] }] : []));
    return [named(namespace, name, dimensions)];
  });
}

function named(namespace: string, name: string, dimensions: { Name: string; Value: unknown }[]): ReadMetric {
  const fixed = dimensions.flatMap(({ Name, Value }) => (typeof Value === "string" ? [[Name, Value]] : []));
  return { namespace, name, dimensions: dimensions.map(({ Name }) => Name), where: Object.fromEntries(fixed) };
}

/**
 * Reads a query of Metrics Insights or a search by their pages in the CloudWatch User Guide, "Metrics Insights query
 * components and syntax" and "CloudWatch search expression syntax"; arithmetic has no metric of its own.
 */
function readExpression(expression: string): ReadMetric[] {
  const query = /^SELECT (?:SUM|MAX)\("(\w+)"\) FROM SCHEMA\(([^)]+)\) WHERE (.+)$/.exec(expression);
  if (query !== null) {
    const [, name = "", schema = "", conditions = ""] = query;
    const [namespace = "", ...dimensions]: string[] = schema.split(", ").map((word) => JSON.parse(word));
    const where = conditions.split(" AND ").map((condition): [string, string] => {
      const [, label = "", value = ""] = /^"(\w+)" = '([^']+)'$/.exec(condition) ?? failed(condition);
      return [label, value];
    });
    return [{ namespace, name, dimensions, where: Object.fromEntries(where) }];
  }
  const search = /^(?:SUM\()?SEARCH\('\{([^}]+)\} (.+)', '(?:Sum|Maximum|p50|p99)'\)\)?$/.exec(expression);
  if (search !== null) {
    const [, schema = "", terms = ""] = search;
    const [namespace = "", ...dimensions] = schema.split(",");
    const where = Object.fromEntries(
      terms.split(" ").map((term) => {
        const [, label = "", value = ""] = /^(\w+)="([^"]+)"$/.exec(term) ?? failed(term);
        return [label, value];
      }),
    );
    const { MetricName: name = failed(terms), ...values } = where;
    return [{ namespace, name, dimensions, where: values }];
  }
  return /SELECT|SEARCH/.test(expression) ? failed(expression) : [];
}

function failed(text: string): never {
  throw new Error(`cannot be read: ${text}`);
}
