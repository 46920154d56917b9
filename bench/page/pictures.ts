import type { BenchRun } from "../run.ts";
import { type Axis, lineChart } from "./line-chart.ts";
import type { PagePicture } from "./performance-page.ts";

interface Picture {
  readonly name: string;
  readonly alt: string;
  readonly title: string;
  readonly x: Axis;
  readonly y: Axis;
}

/** Each shows the curves of the figure of its name. */
const PICTURES: readonly Picture[] = [
  {
    name: "convergence",
    alt: "Share of 1,000 agents on the new version over the seconds after a policy edit, for Flashpoint and for two models of the incumbent",
    title: "Agents on the new version after a policy edit",
    x: { name: "seconds after the edit", max: 150 },
    y: { name: "share of 1,000 agents, %", max: 100 },
  },
  {
    name: "cost",
    alt: "Dollars a month over the number of agents, for the Function URL and for the edge",
    title: "What a month costs",
    x: { name: "agents", log: true },
    y: { name: "dollars a month", log: true },
  },
];

/** The pictures of a run, with the texts of their files; without those that the run has nothing for. */
export function picturesOf(run: BenchRun): (PagePicture & { readonly svg: string })[] {
  return PICTURES.flatMap(({ name, alt, title, x, y }) => {
    const curves = run.figures.find((figure) => figure.name === name)?.curves;
    if (curves === undefined) return [];
    return [{ name, alt, path: `performance/${name}.svg`, svg: lineChart(curves, { title, x, y }) }];
  });
}
