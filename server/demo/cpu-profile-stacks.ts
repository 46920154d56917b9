import type { Profiler } from "node:inspector";
import { addUp, type CountedStack } from "./counted-stack.ts";

/** V8's names for what is no function. */
const IDLE = "(idle)";
const ROOT = "(root)";

/**
 * The stacks of a V8 CPU profile, with the samples that hit each. An idle process is not on a CPU, so those samples are
 * left out; `(program)`, which is native code, and `(garbage collector)` are work, and stay as frames of their own.
 * V8's root above them all is no function and goes. Each sample counts once, however late it came: what V8 says of the
 * time between samples is not needed.
 */
export function cpuProfileStacks({ nodes, samples = [] }: Pick<Profiler.Profile, "nodes" | "samples">): CountedStack[] {
  const nodeOf = new Map(nodes.map((node) => [node.id, node]));
  const callerOf = new Map(nodes.flatMap((node) => (node.children ?? []).map((child) => [child, node] as const)));
  const stacks = [...Map.groupBy(samples, (id) => id)].flatMap(([id, hits]): CountedStack[] => {
    const frames: Profiler.ProfileNode[] = [];
    for (let node = nodeOf.get(id); node !== undefined; node = callerOf.get(node.id)) frames.push(node);
    if (frames[0]?.callFrame.functionName === IDLE) return [];
    const named = frames.filter(({ callFrame }) => callFrame.functionName !== ROOT);
    return [{ symbols: named.map(({ callFrame }) => symbolOf(callFrame)), count: hits.length }];
  });
  return addUp(stacks); // V8 keeps apart what has the same symbols, for instance by column
}

/** For instance `priceOrder busy-process.ts:12`; V8 counts lines from 0. Native functions have no file. */
function symbolOf({ functionName, url, lineNumber }: Profiler.ProfileNode["callFrame"]): string {
  const name = functionName === "" ? "(anonymous)" : functionName;
  if (url === "") return name;
  const file = url.startsWith("node:") ? url : url.slice(url.lastIndexOf("/") + 1);
  return `${name} ${file}:${lineNumber + 1}`;
}
