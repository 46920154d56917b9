import { Duration } from "aws-cdk-lib";
import { GraphWidget, type IMetric, type YAxisProps } from "aws-cdk-lib/aws-cloudwatch";

/** The dashboard's grid is 24 wide: a row is three graphs. */
const WIDTH = 8;
const HEIGHT = 6;

/**
 * One graph of a row; metrics without a period of their own are shown by five minutes.
 * @param right lines by an axis of their own, on the right.
 */
export function graph(
  title: string,
  lines: readonly IMetric[],
  axis: YAxisProps = PLAIN,
  right: readonly IMetric[] = [],
): GraphWidget {
  const leftYAxis = { min: 0, ...axis };
  return new GraphWidget({
    title,
    left: [...lines],
    leftYAxis,
    ...(right.length > 0 && { right: [...right], rightYAxis: { min: 0, ...PLAIN } }),
    width: WIDTH,
    height: HEIGHT,
    period: Duration.minutes(5),
  });
}

export const PLAIN: YAxisProps = { showUnits: false };
export const SECONDS: YAxisProps = { label: "seconds", showUnits: false };
export const MILLISECONDS: YAxisProps = { label: "ms", showUnits: false };
export const PERCENT: YAxisProps = { label: "%", max: 100, showUnits: false };
