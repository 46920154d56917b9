import type { FunctionShare } from "./top-functions.ts";

const BAR_CHARACTERS = 20;

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
