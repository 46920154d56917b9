import { isMet, type Measurement } from "../figure.ts";
import { machineText } from "../machine.ts";
import type { BenchRun, MeasuredFigure } from "../run.ts";
import { measuredNumber, number, spread, verdict } from "../table.ts";

/** A drawn picture, as the page refers to it. */
export interface PagePicture {
  readonly name: string;
  /** What somebody hears who cannot see it. */
  readonly alt: string;
  /** Where it lies, from the page. */
  readonly path: string;
}

/** A line of the prose where something from the run goes, for instance `<!-- figure: grpc-polls -->`. */
const PLACE = /^<!-- (run|targets|figure|picture)(?:: (\S+))? -->$/;
/** A number of the run within a sentence: `{{grpc-polls: Flashpoint / raw}}`. */
const VALUE = /\{\{([\w-]+): ([^{}]+)\}\}/g;
const NOT_MEASURED = "not measured in this run";

/**
 * docs/performance.md: what hands have written, with what one run came to in the places that it leaves for it:
 *
 * - `<!-- run -->`: when, on what and how long; `<!-- targets -->`: every target, met or missed, and which figures have none
 *   to show, since they failed or were left out
 * - `<!-- figure: NAME -->`: what the figure is and its table; `<!-- picture: NAME -->`
 * - `{{NAME: WHAT}}` within a sentence: one number with its unit
 *
 * @throws Error if a figure of the run has no place, or a number is taken from a figure without one, or that has it not.
 * A figure that the run left out, and a picture of it, is no error.
 */
export function performancePage(prose: string, run: BenchRun, pictures: readonly PagePicture[]): string {
  const placed = new Set<string>();
  const told = new Set(run.figures.map(({ name }) => name));
  const figure = (name: string): MeasuredFigure | undefined => run.figures.find((measured) => measured.name === name);

  function filled(place: string, name: string): string {
    if (place === "run") return runText(run);
    if (place === "targets") return targetsText(run, figuresIn(prose));
    if (place === "picture") return pictureText(pictures, name);
    placed.add(name);
    return figureText(figure(name));
  }

  const lines = prose.split("\n").map((line) => {
    const [, place, name = ""] = PLACE.exec(line) ?? [];
    if (place !== undefined) return filled(place, name);
    return line.replaceAll(VALUE, (_, of: string, what: string) => {
      told.add(of);
      return measuredText(figure(of), of, what);
    });
  });
  for (const name of told)
    if (!placed.has(name))
      throw new Error(`${name} has no place in the prose; give it a line <!-- figure: ${name} -->`);
  return lines.join("\n");
}

function runText({ at, machine, figures }: BenchRun): string {
  const day = new Date(at).toLocaleDateString("en-GB", {
    day: "numeric",
    month: "long",
    year: "numeric",
    timeZone: "UTC",
  });
  const seconds = figures.reduce((sum, figure) => sum + figure.seconds, 0);
  const took = seconds < 120 ? `${seconds} seconds` : `${Math.round(seconds / 60)} minutes`;
  return `Measured in one run on ${day}, in ${took}, on ${machineText(machine)}.`;
}

/** The figures that the prose has a place for, in its order. */
function figuresIn(prose: string): string[] {
  return prose.split("\n").flatMap((line) => {
    const [, place, name] = PLACE.exec(line) ?? [];
    return place === "figure" && name !== undefined ? [name] : [];
  });
}

function targetsText({ figures }: BenchRun, placed: readonly string[]): string {
  const rows = figures.flatMap(({ name, measurements }) =>
    measurements
      .filter((one) => isMet(one) !== undefined)
      .map((one) => ({ met: isMet(one), cells: [`[${name}](#${name})`, one.what, withUnit(one), outcome(one)] })),
  );
  const met = rows.filter((row) => row.met).length;
  return [
    `${met} of the ${rows.length} targets that were measured are met.${missingText(figures, placed)}`,
    "",
    ...tableOf(
      ["figure", "what", "measured", "target"],
      rows.map(({ cells }) => cells),
    ),
  ].join("\n");
}

/** Which figures are none of those that were counted: without them, a count says too much. */
function missingText(figures: readonly MeasuredFigure[], placed: readonly string[]): string {
  const failed = figures.filter(({ error }) => error !== undefined).map(({ name }) => name);
  const leftOut = placed.filter((name) => !figures.some((figure) => figure.name === name));
  const missing = [
    ...(failed.length > 0 ? [`failed: ${failed.join(", ")}`] : []),
    ...(leftOut.length > 0 ? [`${NOT_MEASURED}: ${leftOut.join(", ")}`] : []),
  ];
  return missing.length > 0 ? ` Figures that are missing here, ${missing.join("; ")}.` : "";
}

function figureText(figure: MeasuredFigure | undefined): string {
  if (figure === undefined) return `*This figure is ${NOT_MEASURED}.*`;
  const { meaning, seconds, measurements, error } = figure;
  if (error !== undefined) return `*${meaning}. It failed: ${error}*`;
  const rows = measurements.map((one) => [one.what, withUnit(one), rounds(one), outcome(one)]);
  return [
    `*${meaning}. Takes ${number(seconds)} s.*`,
    "",
    ...tableOf(["what", "measured", "rounds", "target"], rows),
  ].join("\n");
}

function pictureText(pictures: readonly PagePicture[], name: string): string {
  const picture = pictures.find((one) => one.name === name);
  if (picture === undefined) return `*What this picture shows is ${NOT_MEASURED}.*`;
  return `![${picture.alt}](${picture.path})`;
}

function measuredText(figure: MeasuredFigure | undefined, name: string, what: string): string {
  if (figure === undefined || figure.error !== undefined) return `(${NOT_MEASURED})`;
  const found = figure.measurements.find((one) => one.what === what);
  if (found === undefined) throw new Error(`${name} has no measurement ${JSON.stringify(what)}`);
  return withUnit(found);
}

function withUnit(measurement: Measurement): string {
  return `${measuredNumber(measurement)} ${measurement.unit}`.trimEnd();
}

function rounds(measurement: Measurement): string {
  return spread(measurement.rounds).replace(/^\((.*)\)$/, "$1");
}

function outcome(measurement: Measurement): string {
  return verdict(measurement).replace("MISSED", "**MISSED**");
}

function tableOf(head: readonly string[], rows: readonly (readonly string[])[]): string[] {
  return [head, head.map(() => "---"), ...rows].map((cells) => `| ${cells.map(cell).join(" | ")} |`);
}

function cell(text: string): string {
  return text.replaceAll("|", "\\|");
}
