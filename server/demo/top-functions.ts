import { type CountedStack, samplesIn } from "./counted-stack.ts";

/** How much of all samples a function has, from 0 to 1. */
export interface FunctionShare {
  name: string;
  /** In the function itself. */
  self: number;
  /** In the function or in what it calls, directly or not. */
  total: number;
}

/** The functions that the samples hit most often, those with the greatest share of their own first. */
export function topFunctions(stacks: readonly CountedStack[], limit: number): FunctionShare[] {
  const all = samplesIn(stacks);
  const samples = new Map<string, { self: number; total: number }>();
  for (const { symbols, count } of stacks) {
    for (const name of new Set(symbols)) {
      const known = samples.get(name) ?? { self: 0, total: 0 }; // one that calls itself is hit once
      samples.set(name, { self: known.self + (name === symbols[0] ? count : 0), total: known.total + count });
    }
  }
  return [...samples]
    .map(([name, { self, total }]) => ({ name, self: self / all, total: total / all }))
    .sort((a, b) => b.self - a.self || b.total - a.total)
    .slice(0, limit);
}
