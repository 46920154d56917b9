import { costCurves } from "./cost/cost-curves.ts";
import { MEASURED_IN, timesOf } from "./cost/measured-times.ts";
import { pricesText, readPrices } from "./cost/prices.ts";
import { breakEven, createReckoning } from "./cost/reckoning.ts";
import { SMALL_EDGE } from "./cost/small-edge.ts";
import { stackFacts } from "./cost/stack-facts.ts";
import { type CostTarget, costTargets, edgeTarget, STANDARD_FLEET } from "./cost/targets.ts";
import type { Figure, Measurement } from "./figure.ts";

const UNIT = "USD a month";

/** Not measured but reckoned, by what others measured in the same run; `npm run cost` says it of any fleet. */
export const cost: Figure = {
  name: "cost",
  meaning: `What fleets cost by AWS's list prices ${pricesText(readPrices())}, reckoned with the processor time of ${MEASURED_IN.join(" and ")} in this run`,
  async measure(tell, earlier) {
    const figures = MEASURED_IN.map((name) => ({ name, measurements: earlier(name)?.measurements ?? [] }));
    const times = timesOf(figures, "this run");
    tell("reading the stacks");
    const [plain, edge, small] = [stackFacts(), stackFacts({ edge: true }), stackFacts(SMALL_EDGE)];
    const prices = readPrices();
    const reckoning = createReckoning({ stacks: { function: plain, edge }, times, prices });
    const withSmallEdge = createReckoning({ stacks: { function: plain, edge: small }, times, prices });
    return {
      measurements: [
        ...costTargets(reckoning).flatMap(rows),
        ...rows({ ...edgeTarget(withSmallEdge), what: "10,000 agents through the edge at its smallest" }),
        ...breaksEven("the edge", breakEven(reckoning, STANDARD_FLEET)),
        ...breaksEven("the edge at its smallest", breakEven(withSmallEdge, STANDARD_FLEET)),
      ],
      curves: costCurves(reckoning, withSmallEdge),
    };
  },
};

/** The target is asked of the stack alone; what comes on top stands below it, and all of it together. */
function rows({ what, stack, atMost, monitoring, data }: CostTarget): Measurement[] {
  return [
    { what: `${what}: the stack alone`, value: stack, unit: UNIT, atMost },
    { what: `${what}: dashboard, alarms and metrics on top`, value: monitoring, unit: UNIT },
    { what: `${what}: data on top`, value: data, unit: UNIT },
    { what: `${what}: together`, value: stack + monitoring + data, unit: UNIT },
  ];
}

function breaksEven(door: string, agents: number | undefined): Measurement[] {
  return agents === undefined
    ? []
    : [{ what: `${door} costs no more than the function URL from`, value: agents, unit: "agents" }];
}
