import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { errorText } from "../../shared/errors.ts";
import type { Measurement } from "../figure.ts";
import { machineText } from "../machine.ts";
import { type BenchRun, type MeasuredFigure, parseRun } from "../run.ts";

/** Processor time that was measured, in µs. */
export interface MeasuredTimes {
  /** Of the agents' function: a poll by Connect, a report. */
  readonly poll: number;
  readonly report: number;
  /** Of the dispatcher for a report, of the forwarder for a delivery. */
  readonly dispatch: number;
  readonly delivery: number;
  /** Of a poll on the edge's gRPC port. */
  readonly grpcPoll: number;
}

export interface MeasuredRun {
  readonly times: MeasuredTimes;
  /** Which run it was, in words. */
  readonly text: string;
}

/** The run that the page of performance is made from. */
export const SAVED_RUN = fileURLToPath(new URL("../page/run.json", import.meta.url));

/** Which measurement is what; the gRPC port's is told by several figures' rows, of which one is our server's. */
const PLACES: Readonly<Record<keyof MeasuredTimes, { figure: string; what: string; unit: string }>> = {
  poll: { figure: "lambda-polls", what: "Connect proto: processor time", unit: "µs/poll" },
  report: { figure: "lambda-polls", what: "agent-api: processor time of a report", unit: "µs/report" },
  dispatch: { figure: "lambda-polls", what: "task-dispatcher: processor time", unit: "µs/report" },
  delivery: { figure: "lambda-polls", what: "task-forwarder: processor time", unit: "µs/delivery" },
  grpcPoll: { figure: "grpc-polls", what: "flashpoint: processor time", unit: "µs/call" },
};

/** The figures that they are taken from. */
export const MEASURED_IN: readonly string[] = [...new Set(Object.values(PLACES).map(({ figure }) => figure))];

/**
 * The times of a saved run.
 * @throws Error that names the file, what it lacks, and the command that measures it.
 */
export function readTimes(file: string): MeasuredRun {
  let run: BenchRun;
  try {
    run = parseRun(readFileSync(file, "utf8"));
  } catch (error) {
    throw new Error(`the measured times in ${file} cannot be read: ${errorText(error)}; ${HOW_TO_MEASURE}`);
  }
  const times = timesOf(run.figures ?? [], file);
  return { times, text: `${run.at.slice(0, 10)}, ${machineText(run.machine)}` };
}

/**
 * The same of figures that were measured.
 * @param where names them in errors.
 * @throws Error that says what they lack, and the command that measures it.
 */
export function timesOf(
  figures: readonly Pick<MeasuredFigure, "name" | "measurements">[],
  where: string,
): MeasuredTimes {
  const lacking: string[] = [];
  const found = Object.entries(PLACES).map(([key, { figure, what, unit }]) => {
    const measurements: readonly Measurement[] = figures.find(({ name }) => name === figure)?.measurements ?? [];
    const value = measurements.find((each) => each.what === what && each.unit === unit)?.value;
    if (value === undefined || !(value > 0)) lacking.push(`${figure}'s "${what}" in ${unit}`);
    return [key, value];
  });
  if (lacking.length > 0) throw new Error(`${where} lacks ${lacking.join(", ")}; ${HOW_TO_MEASURE}`);
  return Object.fromEntries(found) as MeasuredTimes;
}

/** Into a file of its own: what the page shows of other figures is not to be lost. */
const HOW_TO_MEASURE = `\`npm run bench -- ${MEASURED_IN.join(" ")} cost --save times.json\` measures it and reckons with it; \`npm run cost -- --run times.json\` reckons further`;
