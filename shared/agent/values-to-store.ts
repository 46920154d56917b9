import { isOfAll, type LatestValue } from "./measured-values.ts";

/** A process with more values than this has HTTP paths by the hundred. */
const MAX_VALUES = 50;

/** Those of a process's values that are stored: what tells of the whole process, then the paths measured last. */
export function valuesToStore(values: readonly LatestValue[]): LatestValue[] {
  const { true: ofAll = [], false: ofPaths = [] } = Object.groupBy(values, (value) => `${isOfAll(value)}`);
  const latestFirst = ofPaths.toSorted((a, b) => Date.parse(b.at) - Date.parse(a.at));
  return [...ofAll, ...latestFirst].slice(0, MAX_VALUES);
}
