import type { Curve } from "../figure.ts";
import type { Door } from "./door.ts";
import type { Reckoning } from "./reckoning.ts";
import { STANDARD_FLEET } from "./targets.ts";

/** From 10 to 100,000 agents, ten steps to each power of ten: lines that cross are seen best by powers on both sides. */
const AGENTS = Array.from({ length: 41 }, (_, step) => Math.round(10 ** (1 + step / 10)));

/**
 * What agents cost in all, in dollars a month over their number, both to be drawn by powers of ten: through the function
 * URL, and through the edge as it is without options and at its smallest.
 */
export function costCurves(asItIs: Reckoning, withSmallEdge: Reckoning): Curve[] {
  const curve = (name: string, door: Door, { cost }: Reckoning): Curve => ({
    name,
    points: AGENTS.map((agents) => [agents, cost({ ...STANDARD_FLEET, agents }, door).bill.total] as const),
  });
  return [
    curve("function URL", "function", asItIs),
    curve("edge: two tasks in two zones", "edge", asItIs),
    curve("edge: one small task in one zone", "edge", withSmallEdge),
  ];
}
