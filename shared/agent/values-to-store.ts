import type { LatestValue } from "./measured-values.ts";

/** A process with more values than this has HTTP paths by the hundred. */
const MAX_VALUES = 50;
/** What HTTP values of all paths together are measured of. */
const ALL_PATHS = "global";

/** Those of a process's values that are stored: what tells of the whole process, then the paths measured last. */
export function valuesToStore(values: readonly LatestValue[]): LatestValue[] {
  const { true: ofAll = [], false: ofPaths = [] } = Object.groupBy(values, ({ uri }) =>
    uri === "" || uri === ALL_PATHS ? "true" : "false",
  );
  const latestFirst = ofPaths.toSorted((a, b) => Date.parse(b.at) - Date.parse(a.at));
  return [...ofAll, ...latestFirst].slice(0, MAX_VALUES);
}
