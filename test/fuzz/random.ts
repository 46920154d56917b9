/** What one case chooses by; the same seed and index give the same choices, whatever other cases do. */
export interface Random {
  /** From 0 up to 1. */
  number(): number;
  /** A whole number from `least` to `most`, both of them possible. */
  whole(least: number, most: number): number;
  chance(odds: number): boolean;
  pick<T>(of: readonly [T, ...T[]] | readonly T[]): T;
  bytes(length: number): Buffer;
}

/** Numbers by sfc32, which passes the usual tests of randomness and costs next to nothing. */
export function createRandom(seed: string, index: number): Random {
  let [a, b, c, counter] = [hashOf(seed), hashOf(`${seed}/`), index | 0, 1];
  const next = (): number => {
    const sum = (a + b + counter++) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = (((c << 21) | (c >>> 11)) + sum) | 0;
    return sum >>> 0;
  };
  for (let round = 0; round < 12; round++) next(); // until seeds that are alike have parted
  const number = (): number => next() / 2 ** 32;
  const whole = (least: number, most: number): number => least + Math.floor(number() * (most - least + 1));
  return {
    number,
    whole,
    chance: (odds) => number() < odds,
    pick(of) {
      if (of.length === 0) throw new Error("there is nothing to pick from");
      return of[whole(0, of.length - 1)] as (typeof of)[number];
    },
    bytes: (length) => Buffer.from(Array.from({ length }, () => next() & 0xff)),
  };
}

/** FNV-1a. */
function hashOf(text: string): number {
  let hash = 0x811c9dc5;
  for (const byte of Buffer.from(text)) hash = Math.imul(hash ^ byte, 0x01000193);
  return hash;
}
