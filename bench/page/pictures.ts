import type { Curve } from "../figure.ts";
import type { BenchRun } from "../run.ts";
import { number } from "../table.ts";
import { type Axis, lineChart } from "./line-chart.ts";
import type { PagePicture } from "./performance-page.ts";

interface Picture {
  readonly name: string;
  /** What it shows; behind it comes what each curve does. */
  readonly alt: string;
  readonly seen: (points: Curve["points"]) => string;
  readonly title: string;
  readonly x: Axis;
  readonly y: Axis;
}

/** Each shows the curves of the figure of its name. */
const PICTURES: readonly Picture[] = [
  {
    name: "convergence",
    alt: "Share of 1,000 agents on the new version over the seconds after a policy edit, for Flashpoint and for two models of the incumbent",
    seen: highestOf,
    title: "Agents on the new version after a policy edit",
    x: { name: "seconds after the edit", max: 150 },
    y: { name: "share of 1,000 agents, %", max: 100 },
  },
  {
    name: "cost",
    alt: "Dollars a month in all over the number of agents, both by powers of ten, for the function URL and for the edge in two sizes",
    seen: endsOf,
    title: "What a month costs",
    x: { name: "agents", log: true },
    y: { name: "dollars a month", log: true },
  },
];

/** The pictures of a run, with the texts of their files; without those that the run has nothing for. */
export function picturesOf(run: BenchRun): (PagePicture & { readonly svg: string })[] {
  return PICTURES.flatMap(({ name, alt, seen, title, x, y }) => {
    const curves = run.figures.find((figure) => figure.name === name)?.curves;
    if (curves === undefined) return [];
    const lines = curves.map(({ name, points }) => `${name}: ${seen(points)}`);
    return [
      {
        name,
        alt: `${alt}: ${lines.join("; ")}`,
        path: `performance/${name}.svg`,
        svg: lineChart(curves, { title, x, y }),
      },
    ];
  });
}

/** When a share of agents is as high as it gets. */
function highestOf(points: Curve["points"]): string {
  const last = points.at(-1) ?? [0, 0];
  const [seconds] = points.find(([, share]) => share === last[1]) ?? last;
  const rest = last[1] < 100 && seconds < last[0] ? `, and no more by ${number(last[0])} s` : "";
  return `${number(last[1])} % after ${number(seconds)} s${rest}`;
}

/** What the fewest agents cost, and the most. */
function endsOf(points: Curve["points"]): string {
  const [few, many] = [points.at(0) ?? [0, 0], points.at(-1) ?? [0, 0]];
  return `${number(few[1])} USD for ${number(few[0])} agents, ${number(many[1])} USD for ${number(many[0])}`;
}
