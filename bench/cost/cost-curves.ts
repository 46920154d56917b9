import type { Curve } from "../figure.ts";
import type { MeasuredFigure } from "../run.ts";
import { timesOf } from "./measured-times.ts";
import { readPrices } from "./prices.ts";
import { createReckoning, type Door } from "./reckoning.ts";
import { SMALL_EDGE } from "./small-edge.ts";
import { stackFacts } from "./stack-facts.ts";
import { STANDARD_FLEET } from "./targets.ts";

/** From 10 to 100,000 agents, ten steps to each power of ten: lines that cross are seen best by powers on both sides. */
const AGENTS = Array.from({ length: 41 }, (_, step) => Math.round(10 ** (1 + step / 10)));

/**
 * What agents cost in all, in dollars a month over their number, both to be drawn by powers of ten: through the function
 * URL, and through the edge as it is without options and at its smallest.
 * @param figures of a run; the times of lambda-polls and grpc-polls count.
 * @throws Error if the run lacks them.
 */
export function costCurves(figures: readonly Pick<MeasuredFigure, "name" | "measurements">[]): Curve[] {
  const [times, prices] = [timesOf(figures, "the run"), readPrices()];
  const [plain, edge, small] = [stackFacts(), stackFacts({ edge: true }), stackFacts(SMALL_EDGE)];
  const curve = (name: string, door: Door, withEdge: typeof edge): Curve => {
    const { cost } = createReckoning({ stacks: { function: plain, edge: withEdge }, times, prices });
    return {
      name,
      points: AGENTS.map((agents) => [agents, cost({ ...STANDARD_FLEET, agents }, door).bill.total] as const),
    };
  };
  return [
    curve("function URL", "function", edge),
    curve("edge: two tasks in two zones", "edge", edge),
    curve("edge: one small task in one zone", "edge", small),
  ];
}
