import { LineChart } from "echarts/charts";
import { GridComponent, LegendComponent, TitleComponent } from "echarts/components";
import { type EChartsCoreOption, format, init, use } from "echarts/core";
import { SVGRenderer } from "echarts/renderers";
import type { Curve } from "../figure.ts";

export interface Axis {
  /** What it counts, with the unit. */
  readonly name: string;
  /** Steps of ten times; whatever is not above 0 has no place then. */
  readonly log?: boolean;
  /** Where it ends; without it, where the curves do. */
  readonly max?: number;
}

const WIDTH = 860;
const HEIGHT = 440;
/** Ground and ink are the picture's own, so that it reads on light and on dark pages. */
const GROUND = "#ffffff";
const INK = "#24292f";
const RULE = "#d8dee4";
/**
 * Okabe and Ito's colours that stand out on white, which readers with any colour vision tell apart; no two of the lines
 * beside each other have the same dashes either.
 */
const LINES = [
  { color: "#0072b2", type: "solid" },
  { color: "#d55e00", type: [9, 5] },
  { color: "#009e73", type: [2, 4] },
  { color: "#000000", type: [12, 4, 2, 4] },
  { color: "#cc79a7", type: [5, 3] },
] as const;

use([LineChart, GridComponent, LegendComponent, TitleComponent, SVGRenderer]);

/**
 * Curves as a picture: an SVG that stands alone. The same curves give the same text, whatever was drawn before.
 * @throws Error without a curve, or with more than can be told apart.
 */
export function lineChart(curves: readonly Curve[], { title, x, y }: { title: string; x: Axis; y: Axis }): string {
  if (curves.length === 0 || curves.length > LINES.length)
    throw new Error(`a picture takes 1 to ${LINES.length} curves, not ${curves.length}`);
  const chart = init(null, null, { renderer: "svg", ssr: true, width: WIDTH, height: HEIGHT });
  try {
    chart.setOption(picture(curves, { title, x, y }));
    return `${alone(chart.renderToSVGString(), title)}\n`;
  } finally {
    chart.dispose();
  }
}

function picture(curves: readonly Curve[], { title, x, y }: { title: string; x: Axis; y: Axis }): EChartsCoreOption {
  return {
    animation: false,
    backgroundColor: GROUND,
    textStyle: { color: INK, fontFamily: "sans-serif" },
    title: { text: title, left: 24, top: 16, textStyle: { color: INK, fontSize: 16 } },
    legend: {
      data: curves.map(({ name }) => name),
      orient: "vertical",
      align: "left",
      left: 20,
      top: 44,
      itemWidth: 44,
      itemGap: 6,
      itemStyle: { opacity: 0 }, // the line alone, no dot on it
      textStyle: { color: INK, fontSize: 13 },
    },
    grid: { left: 76, right: 32, top: 60 + 20 * curves.length, bottom: 62 },
    xAxis: axis(x, "x"),
    yAxis: axis(y, "y"),
    series: curves.map(({ name, points }, at) => ({
      type: "line",
      name,
      data: points.map((point) => [...point]),
      symbol: "none",
      silent: true,
      lineStyle: { ...LINES[at], width: 2.5 },
      itemStyle: { color: LINES[at]?.color },
    })),
  };
}

function axis({ name, log = false, max }: Axis, direction: "x" | "y"): object {
  return {
    type: log ? "log" : "value",
    name,
    nameLocation: "middle",
    nameGap: direction === "x" ? 36 : 54,
    nameTextStyle: { color: INK, fontSize: 13 },
    ...(max === undefined ? {} : { max }),
    axisLabel: { color: INK, fontSize: 12, formatter: (value: number) => value.toLocaleString("en") },
    axisLine: { show: true, onZero: false, lineStyle: { color: INK } },
    axisTick: { show: true, lineStyle: { color: INK } },
    splitLine: { show: true, lineStyle: { color: RULE } },
  };
}

/**
 * With its title for those who cannot see it, and without what the library adds for pages that its own script runs on,
 * numbered through all pictures of a process; what is referred to inside one keeps its number there.
 */
function alone(svg: string, title: string): string {
  return svg
    .replace(/^<svg[^>]*>/, (opening) => `${opening}<title>${format.encodeHTML(title)}</title>`)
    .replace(/<style[^>]*>.*?<\/style>\n?/s, "")
    .replaceAll(/ (?:class="zr\d+-cls-\d+"|ecmeta_\w+="\w*"|pointer-events="visible")/g, "")
    .replaceAll(/\bzr\d+-c(?=\d)/g, "clip-");
}
