import { referenceName } from "./reference-names.ts";
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

/** The same as text, with statistics, periods and the names of what is watched: `sum = Sum of AWS/SQS Name of a-queue, 60 s`. */
export function alarmedText(template: ReadTemplate, { Properties }: Resource): string[] {
  // biome-ignore lint/suspicious/noExplicitAny: as loose as a template
  const textOf = ({ Namespace, MetricName, Dimensions = [] }: any, statistic: string, seconds: number): string => {
    const names = Dimensions.map(({ Value }: { Value: unknown }) => referenceName(template, Value)).join(" ");
    return `${statistic} of ${Namespace} ${MetricName} of ${names}, ${seconds} s`;
  };
  const { Metrics, Statistic, Period } = Properties;
  if (Metrics === undefined) return [textOf(Properties, Statistic, Period)];
  // biome-ignore lint/suspicious/noExplicitAny: as loose as a template
  return Metrics.map(({ Id, Expression, MetricStat, Period }: any) => {
    if (MetricStat !== undefined) return `${Id} = ${textOf(MetricStat.Metric, MetricStat.Stat, MetricStat.Period)}`;
    return Period === undefined ? Expression : `${Expression}, ${Period} s`;
  });
}

/** What the dashboard's graphs read. */
export function shownMetrics(template: ReadTemplate): ReadMetric[] {
  const { Properties } = template.resource("AWS::CloudWatch::Dashboard", "");
  const [, parts] = Properties.DashboardBody["Fn::Join"];
  const body = parts.map((part: unknown) => referenceName(template, part)).join("");
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
