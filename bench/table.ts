import type { Measurement } from "./figure.ts";

/** Measurements as text, one a line, in columns. */
export function table(measurements: readonly Measurement[]): string {
  const rows = measurements.map((measurement) => [
    measurement.what,
    number(measurement.value),
    measurement.unit,
    spread(measurement.rounds),
    verdict(measurement),
  ]);
  const widths = rows.reduce(
    (wide, row) => row.map((cell, at) => Math.max(wide[at] ?? 0, cell.length)),
    [] as number[],
  );
  return rows
    .map((row) => row.map((cell, at) => (at === 1 ? cell.padStart(widths[at] ?? 0) : cell.padEnd(widths[at] ?? 0))))
    .map((row) => `  ${row.join("  ").trimEnd()}\n`)
    .join("");
}

function number(value: number): string {
  return value.toLocaleString(
    "en",
    Math.abs(value) < 100 ? { maximumSignificantDigits: 3 } : { maximumFractionDigits: 0 },
  );
}

function spread(rounds: readonly number[] | undefined): string {
  if (rounds === undefined || rounds.length < 2) return "";
  return `(${number(Math.min(...rounds))} to ${number(Math.max(...rounds))} in ${rounds.length} rounds)`;
}

function verdict({ value, atLeast, atMost }: Measurement): string {
  if (atLeast !== undefined) return `${value >= atLeast ? "met" : "MISSED"}: at least ${number(atLeast)}`;
  if (atMost !== undefined) return `${value <= atMost ? "met" : "MISSED"}: at most ${number(atMost)}`;
  return "";
}
