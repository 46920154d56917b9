import { OPTIONS } from "../../infra/options/options.ts";
import { weightiest } from "./assumptions.ts";
import type { Bill } from "./bill.ts";
import type { Door } from "./door.ts";
import type { EdgeSize } from "./edge-size.ts";
import { fleetOf } from "./fleet.ts";
import type { MeasuredRun } from "./measured-times.ts";
import { pricesText, readPrices } from "./prices.ts";
import { breakEven, createReckoning } from "./reckoning.ts";
import type { CostSettings } from "./settings.ts";
import { type StackFacts, stackFacts } from "./stack-facts.ts";
import { type CostTarget, costTargets } from "./targets.ts";

/** What `npm run cost` answers. */
export interface CostReport {
  /** What it was reckoned for and with, in words. */
  readonly about: readonly string[];
  readonly bill: Bill;
  /** Instances of the agents' function that stay warm, or tasks of the edge. */
  readonly processes: number;
  readonly edge: EdgeSize | undefined;
  /** The least number of agents from which on the edge costs no more; undefined if there is none. */
  readonly breakEven: number | undefined;
  readonly targets: readonly CostTarget[];
  /** What the stack, as it is, would not let such a fleet do. */
  readonly notes: readonly string[];
}

/** What cdk.json may say of an edge is left out of the stack without one. */
const WITHOUT_EDGE = Object.fromEntries(
  Object.keys(OPTIONS).flatMap((name) =>
    name === "edge" ? [[name, "false"]] : name.startsWith("edge") ? [[name, ""]] : [],
  ),
);

/** A function URL lets through ten calls a second for each reserved instance, as infra/seeing/alarms/function-alarms.ts says. */
const CALLS_PER_RESERVED = 10;

const NOT_BY_EDGE =
  "The bill is the function URL's: options of the edge count for the comparison and the targets; --edge has the edge's bill.";

/** @throws InvalidInput for options that the stack does not take. */
export function costReport(settings: CostSettings, measured: MeasuredRun): CostReport {
  const { fleet, hasEdge, stackOptions, edgeOptions, hasFreeTier } = settings;
  const prices = readPrices();
  const stacks = {
    function: stackFacts({ ...stackOptions, ...WITHOUT_EDGE }),
    edge: stackFacts({ ...stackOptions, ...edgeOptions, edge: true }),
  };
  const reckoning = createReckoning({ stacks, times: measured.times, prices, hasFreeTier });
  const door: Door = hasEdge ? "edge" : "function";
  const { bill, month } = reckoning.cost(fleet, door);
  const { pollsPerSecond, otherCallsPerSecond } = fleetOf(fleet);
  return {
    about: [
      `${fleet.agents.toLocaleString("en")} agents that poll every ${fleet.pollSeconds} s through the ${hasEdge ? "gRPC edge" : "function URL"}${fleet.calls === "all" ? " and make all other calls of a Rover" : ""}; services: ${fleet.services}, tasks a day: ${fleet.tasksPerDay}, collectors: ${fleet.collectors}, tokens: ${fleet.tokens}`,
      `prices: AWS's list ${pricesText(prices)}, ${hasFreeTier ? "less" : "without"} the free tier; no bill was compared`,
      `processor time: measured ${measured.text}`,
      "not measured but assumed, among others (npm run cost -- --assumptions has all):",
      ...weightiest(door).map((line) => `  ${line}`),
    ],
    bill,
    processes: month.processes,
    edge: month.edge,
    breakEven: breakEven(reckoning, fleet),
    targets: costTargets(reckoning),
    notes: [
      ...(hasEdge || Object.keys(edgeOptions).length === 0 ? [] : [NOT_BY_EDGE]),
      ...notesOf(stacks[door], pollsPerSecond + otherCallsPerSecond, month.edge),
    ],
  };
}

function notesOf(
  { reservedConcurrency, edge }: StackFacts,
  callsPerSecond: number,
  size: EdgeSize | undefined,
): string[] {
  const notes: string[] = [];
  if (size !== undefined && edge !== undefined && size.tasks > edge.maxTasks) {
    notes.push(`The stack adds no more than ${edge.maxTasks} tasks: this takes edgeMaxTasks=${size.tasks}.`);
  }
  if (
    size === undefined &&
    reservedConcurrency !== undefined &&
    callsPerSecond > CALLS_PER_RESERVED * reservedConcurrency
  ) {
    const needed = Math.ceil(callsPerSecond / CALLS_PER_RESERVED);
    notes.push(
      `The function URL lets ${(CALLS_PER_RESERVED * reservedConcurrency).toLocaleString("en")} calls a second through: this takes reservedConcurrency=${needed}.`,
    );
  }
  return notes;
}
