import { isMet, type Measurement } from "./figure.ts";

/** Measurements as text, one a line, in columns. */
export function table(measurements: readonly Measurement[]): string {
  const rows = measurements.map((measurement) => [
    measurement.what,
    measuredNumber(measurement),
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

/** As a reader wants it: three digits, or all before the point; "none" for what is no number. */
export function number(value: number): string {
  if (Number.isNaN(value)) return "none";
  return value.toLocaleString(
    "en",
    Math.abs(value) < 100 ? { maximumSignificantDigits: 3 } : { maximumFractionDigits: 0 },
  );
}

/** The value as a reader wants it, and with all its digits where it misses a target that it would be rounded to. */
export function measuredNumber(measurement: Measurement): string {
  const { value, atLeast, atMost } = measurement;
  const short = number(value);
  const isHidden =
    isMet(measurement) === false && [atLeast, atMost].some((at) => at !== undefined && number(at) === short);
  return isHidden ? value.toLocaleString("en", { maximumSignificantDigits: 6 }) : short;
}

/** "(least to most in N rounds)"; "" where there was one. */
export function spread(rounds: readonly number[] | undefined): string {
  if (rounds === undefined || rounds.length < 2) return "";
  return `(${number(Math.min(...rounds))} to ${number(Math.max(...rounds))} in ${rounds.length} rounds)`;
}

/** Whether the target is met, and by how much; "" without one. */
export function verdict(measurement: Measurement): string {
  const { value, atLeast, atMost } = measurement;
  const met = isMet(measurement);
  if (met === undefined) return "";
  const asked = atLeast === undefined ? `at most ${number(atMost ?? 0)}` : `at least ${number(atLeast)}`;
  const target = atLeast ?? atMost ?? 0;
  const isShare = target > 0 && value >= 0 && (atLeast === undefined || atMost === undefined);
  const by = isShare ? `, ${percent(value / target)}` : "";
  return `${met ? "met" : "MISSED"}: ${asked}${by}`;
}

/** How far a share of the target is from it. */
function percent(share: number): string {
  if (share === 1) return "right on it";
  const far = Math.round(Math.abs(share - 1) * 100);
  return `${far === 0 ? "less than 1" : far} % ${share > 1 ? "above" : "below"}`;
}
