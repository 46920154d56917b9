export interface LinearFit {
  /** By how much y rises where x rises by 1. */
  readonly slope: number;
  /** Of the slope: the points scatter so much around the line that another run's slope is mostly within twice this. */
  readonly standardError: number;
}

/**
 * The straight line through points for which the squares of the distances in y are least. NaN for fewer than three
 * points, of which nothing can be said, and for points that all have one x.
 */
export function linearFit(points: readonly (readonly [x: number, y: number])[]): LinearFit {
  const count = points.length;
  if (count < 3) return { slope: Number.NaN, standardError: Number.NaN };
  const meanOf = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / count;
  const meanX = meanOf(points.map(([x]) => x));
  const meanY = meanOf(points.map(([, y]) => y));
  let xx = 0;
  let xy = 0;
  for (const [x, y] of points) {
    xx += (x - meanX) ** 2;
    xy += (x - meanX) * (y - meanY);
  }
  const slope = xy / xx;
  const residual = points.reduce((sum, [x, y]) => sum + (y - meanY - slope * (x - meanX)) ** 2, 0);
  return { slope, standardError: Math.sqrt(residual / (count - 2) / xx) };
}
