import { namesKey, type WatchedProcess } from "./watched-process.ts";

/**
 * Finds for each of `mine` one of `others` that has the same names, and no other twice. Of more others than mine, the
 * first ones count. They are paired by the first key that fits, since several processes may share all names.
 */
export function twins(
  mine: readonly WatchedProcess[],
  others: readonly WatchedProcess[],
  ...keys: readonly ((process: WatchedProcess) => string)[]
): (WatchedProcess | undefined)[] {
  const wanted = Map.groupBy(mine, namesKey);
  let left = [...Map.groupBy(others, namesKey)].flatMap(([names, all]) => all.slice(0, wanted.get(names)?.length ?? 0));
  let found: (WatchedProcess | undefined)[] = mine.map(() => undefined);
  for (const key of [...keys, namesKey]) {
    const untaken = Map.groupBy(left, key);
    found = mine.map((process, index) => found[index] ?? untaken.get(key(process))?.shift());
    left = [...untaken.values()].flat();
  }
  return found;
}
