import type { Duration } from "aws-cdk-lib";
import { MathExpression, Metric } from "aws-cdk-lib/aws-cloudwatch";
import { NAMESPACE } from "../../shared/emf/emf-lines.ts";
import { COUNTERS, GAUGES, HISTOGRAMS } from "../../shared/metrics.ts";

const OWN = { ...COUNTERS, ...HISTOGRAMS, ...GAUGES };

type OwnName = keyof typeof OWN;
type LabelOf<Name extends OwnName> = (typeof OWN)[Name]["labels"][number];
type Unlabelled = { [Name in OwnName]: [LabelOf<Name>] extends [never] ? Name : never }[OwnName];
type Where<Name extends OwnName> = Partial<Record<LabelOf<Name>, string>>;

/**
 * Flashpoint's own metrics of one stack. CloudWatch knows each only under all of its labels at once, so one with labels
 * is either searched, which only a dashboard can, or queried, which an alarm can too but only over the last three hours
 * and at the price of one alarm for each metric that the query finds.
 */
export interface OwnMetrics {
  /** One that has no labels. */
  single(name: Unlabelled, options: { statistic: string; period?: Duration; label?: string }): Metric;
  /**
   * One number over all that have these labels, for alarms. One for each collector, by GROUP BY, is what CloudWatch could
   * watch too; but CloudFormation's page on an alarm's MetricDataQuery says that an expression has to return a single one.
   */
  query<Name extends OwnName>(
    fn: "SUM" | "MAX",
    name: Name,
    options: { where?: Where<Name>; period: Duration },
  ): MathExpression;
  /** A line for each that has these labels, for dashboards. */
  each<Name extends OwnName>(
    name: Name,
    options: { statistic: string; by: LabelOf<Name>; where?: Where<Name> },
  ): MathExpression;
  /** One line for all that have these labels together, for dashboards. */
  sum<Name extends OwnName>(name: Name, options: { label: string; where?: Where<Name> }): MathExpression;
}

/** @param prefix what the functions give as the dimension `stack`. */
export function ownMetrics(prefix: string): OwnMetrics {
  const search = <Name extends OwnName>(name: Name, statistic: string, where: Where<Name> = {}): string => {
    const conditions = Object.entries({ stack: prefix, ...where }).map(([label, value]) => ` ${label}="${value}"`);
    const schema = [NAMESPACE, "stack", ...OWN[name].labels].join(",");
    return `SEARCH('{${schema}} MetricName="${name}"${conditions.join("")}', '${statistic}')`;
  };
  return {
    single(metricName, options) {
      return new Metric({ namespace: NAMESPACE, metricName, dimensionsMap: { stack: prefix }, ...options });
    },
    query(fn, name, { where = {}, period }) {
      // Quoted, since METHOD and the like are words of the query language.
      const schema = ["stack", ...OWN[name].labels].map((label) => `, "${label}"`).join("");
      const conditions = Object.entries({ stack: prefix, ...where }).map(([label, value]) => `"${label}" = '${value}'`);
      const from = `FROM SCHEMA("${NAMESPACE}"${schema}) WHERE ${conditions.join(" AND ")}`;
      return new MathExpression({ expression: `SELECT ${fn}("${name}") ${from}`, label: name, period });
    },
    each(name, { statistic, by, where }) {
      return new MathExpression({ expression: search(name, statistic, where), label: `\${PROP('Dim.${by}')}` });
    },
    sum(name, { label, where }) {
      return new MathExpression({ expression: `SUM(${search(name, "Sum", where)})`, label });
    },
  };
}
