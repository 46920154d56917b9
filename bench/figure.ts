/** One number of a figure, with the spread of its rounds where it was taken more than once. */
export interface Measurement {
  readonly what: string;
  readonly value: number;
  readonly unit: string;
  readonly rounds?: readonly number[];
  /** What is asked of it; a missed target is printed, not an error, since machines differ. */
  readonly atLeast?: number;
  readonly atMost?: number;
}

/** A line of a picture, in the units that the picture names. */
export interface Curve {
  readonly name: string;
  readonly points: readonly (readonly [x: number, y: number])[];
}

/** What a figure comes to. */
export interface Measured {
  readonly measurements: readonly Measurement[];
  /** What is better seen than read, if anything. */
  readonly curves?: readonly Curve[];
}

/** Something that is measured, in a file of its own. */
export interface Figure {
  /** What `npm run bench -- NAME` takes. */
  readonly name: string;
  readonly meaning: string;
  /**
   * Bounded in time; ends whatever it started. `tell` shows progress; `earlier` gives what another figure came to in the
   * same run, if it was measured before this one.
   */
  measure(tell: (line: string) => void, earlier: (name: string) => Measured | undefined): Promise<Measured>;
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

/** Whether the target is met; undefined where there is none. */
export function isMet({ value, atLeast, atMost }: Measurement): boolean | undefined {
  if (atLeast === undefined && atMost === undefined) return undefined;
  return (atLeast === undefined || value >= atLeast) && (atMost === undefined || value <= atMost);
}
