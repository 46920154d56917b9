import { errorText } from "../shared/errors.ts";
import type { Figure, Measured } from "./figure.ts";
import { type Machine, thisMachine } from "./machine.ts";

/** What a figure came to in a run. */
export interface MeasuredFigure extends Measured {
  readonly name: string;
  readonly meaning: string;
  /** How long it took to measure. */
  readonly seconds: number;
  /** Why nothing was measured, if so. */
  readonly error?: string;
}

/** Figures that were measured one after the other on one machine: `npm run -s bench -- --json`. */
export interface BenchRun {
  /** When it began, in ISO 8601. */
  readonly at: string;
  readonly machine: Machine;
  readonly figures: readonly MeasuredFigure[];
}

/** A run as `npm run bench -- --save FILE` wrote it. JSON has no word for what is no number: such is none again. */
export function parseRun(text: string): BenchRun {
  return JSON.parse(text, (key, value) => {
    if (key === "value") return value ?? Number.NaN;
    if (key === "rounds") return value.map((round: number | null) => round ?? Number.NaN);
    return value;
  });
}

/** Measures one figure after the other; one that fails is said to have failed, and the next one's turn comes. */
export async function runFigures(
  figures: readonly Figure[],
  tell: (line: string) => void,
  show: (figure: MeasuredFigure) => void,
): Promise<BenchRun> {
  const at = new Date().toISOString();
  const measured: MeasuredFigure[] = [];
  const earlier = (name: string): Measured | undefined => measured.find((figure) => figure.name === name);
  for (const figure of figures) {
    const startedAt = performance.now();
    const result = await outcomeOf(figure, tell, earlier);
    const seconds = Math.round((performance.now() - startedAt) / 1_000);
    const done = { name: figure.name, meaning: figure.meaning, seconds, ...result };
    measured.push(done);
    show(done);
  }
  return { at, machine: thisMachine(), figures: measured };
}

async function outcomeOf(
  { name, measure }: Figure,
  tell: (line: string) => void,
  earlier: (name: string) => Measured | undefined,
): Promise<Measured & { error?: string }> {
  try {
    return await measure((line) => tell(`${name}: ${line}`), earlier);
  } catch (error) {
    return { measurements: [], error: errorText(error) };
  }
}
