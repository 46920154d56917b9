/** One number of a figure, with the spread of its rounds where it was taken more than once. */
export interface Measurement {
  readonly what: string;
  readonly value: number;
  readonly unit: string;
  readonly rounds?: readonly number[];
  /** What design or issue asks for; a missed target is printed, not an error, since machines differ. */
  readonly atLeast?: number;
  readonly atMost?: number;
}

/** Something that is measured, in a file of its own. */
export interface Figure {
  /** What `npm run bench -- NAME` takes. */
  readonly name: string;
  readonly meaning: string;
  /** Bounded in time; ends whatever it started. `tell` shows progress. */
  measure(tell: (line: string) => void): Promise<Measurement[]>;
}

/** The middle of the values; of an even number of values, the mean of the two in the middle. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length / 2;
  const [low = Number.NaN, high = Number.NaN] = [sorted[Math.ceil(middle) - 1], sorted[Math.floor(middle)]];
  return (low + high) / 2;
}

/** The median of rounds, the rounds beside it. */
export function measurement(what: string, unit: string, rounds: readonly number[]): Measurement {
  return { what, value: median(rounds), unit, rounds };
}
