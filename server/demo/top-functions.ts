import { type CountedStack, samplesIn } from "./counted-stack.ts";

const BAR_CHARACTERS = 20;

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

/** A table for people: a heading, and a line for each function with its own share as a bar. */
export function functionTable(functions: readonly FunctionShare[]): string[] {
  const heading = `${"".padEnd(BAR_CHARACTERS)}${"self".padStart(9)}${"total".padStart(9)}   function`;
  return [
    heading,
    ...functions.map(({ name, self, total }) => `${bar(self)}${percent(self)}${percent(total)}   ${name}`),
  ];
}

function bar(share: number): string {
  return "█".repeat(Math.round(share * BAR_CHARACTERS)).padEnd(BAR_CHARACTERS, "·");
}

function percent(share: number): string {
  return `${(share * 100).toFixed(1)} %`.padStart(9);
}
