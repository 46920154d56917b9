import { costCurves } from "../cost/cost-curves.ts";
import type { Curve } from "../figure.ts";
import type { BenchRun } from "../run.ts";
import { type Axis, lineChart } from "./line-chart.ts";
import type { PagePicture } from "./performance-page.ts";

interface Picture {
  readonly name: string;
  readonly alt: string;
  readonly title: string;
  readonly x: Axis;
  readonly y: Axis;
  /** None if the run has not measured what it takes. */
  curves(run: BenchRun): readonly Curve[];
}

/** The figures that say how long polls and reports take, which is what they cost by. */
const COST_TAKES = ["lambda-polls", "grpc-polls"];

const PICTURES: readonly Picture[] = [
  {
    name: "convergence",
    alt: "Share of 1,000 agents on the new version over the seconds after a policy edit, for Flashpoint and for two models of the incumbent",
    title: "Agents on the new version after a policy edit",
    x: { name: "seconds after the edit", max: 150 },
    y: { name: "share of 1,000 agents, %", max: 100 },
    curves: ({ figures }) => figures.find(({ name }) => name === "convergence")?.curves ?? [],
  },
  {
    name: "cost",
    alt: "Dollars a month over the number of agents, for the Function URL and for the edge",
    title: "What a month costs",
    x: { name: "agents", log: true },
    y: { name: "dollars a month", log: true },
    curves: ({ figures }) => {
      const measured = figures.filter(({ error }) => error === undefined).map(({ name }) => name);
      return COST_TAKES.every((name) => measured.includes(name)) ? costCurves(figures) : [];
    },
  },
];

/** The pictures of a run, with the texts of their files; without those that the run has nothing for. */
export function picturesOf(run: BenchRun): (PagePicture & { readonly svg: string })[] {
  return PICTURES.flatMap(({ name, alt, title, x, y, curves }) => {
    const drawn = curves(run);
    if (drawn.length === 0) return [];
    return [{ name, alt, path: `performance/${name}.svg`, svg: lineChart(drawn, { title, x, y }) }];
  });
}
