import { createHash } from "node:crypto";

/**
 * A number from 0 up to 1 that hangs on the seed and on what it is for, and on nothing else: however the parts of a run
 * overtake each other, each decides as it did the last time.
 */
export type Chance = (...what: readonly (string | number)[]) => number;

export function createChance(seed: string): Chance {
  return (...what) =>
    createHash("sha256")
      .update(JSON.stringify([seed, ...what]))
      .digest()
      .readUIntBE(0, 6) /
    2 ** 48;
}

/** A whole number from `least` to `most`, both of them possible. */
export function whole(chance: number, least: number, most: number): number {
  return least + Math.floor(chance * (most - least + 1));
}
