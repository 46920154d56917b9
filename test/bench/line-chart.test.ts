import { execFileSync } from "node:child_process";
import { expect, test } from "vitest";
import type { Curve } from "../../bench/figure.ts";
import { lineChart } from "../../bench/page/line-chart.ts";

const RISING: Curve = {
  name: "rising & <quick>",
  points: [
    [0, 0],
    [5, 100],
    [10, 100],
  ],
};
const FLAT: Curve = {
  name: "flat",
  points: [
    [0, 20],
    [10, 20],
  ],
};
const OPTIONS = { title: "Two lines", x: { name: "seconds", max: 10 }, y: { name: "share, %", max: 100 } };

/** The strokes that curves are drawn with: the lines of the legend are thinner. */
function strokesOf(svg: string): { color: string; dashes: string }[] {
  return [...svg.matchAll(/ stroke="([^"]+)" stroke-width="2\.5"([^>]*)>/g)].map(([, color = "", rest = ""]) => ({
    color,
    dashes: /stroke-dasharray="([^"]+)"/.exec(rest)?.[1] ?? "solid",
  }));
}

/** The texts of a picture, escapes and all. */
const textsOf = (svg: string): string[] =>
  [...svg.matchAll(/<text[^>]*>([^<]*)<\/text>/g)].map(([, text = ""]) => text);

test("says what it shows: the title, both axes, and every curve by its name", () => {
  expect(textsOf(lineChart([RISING, FLAT], OPTIONS))).toEqual(
    expect.arrayContaining(["Two lines", "seconds", "share, %", "rising &amp; &lt;quick&gt;", "flat"]),
  );
});

test("is called by its title where it cannot be seen", () => {
  expect(lineChart([FLAT], { ...OPTIONS, title: "more & <less>" })).toMatch(
    /^<svg[^>]*><title>more &amp; &lt;less&gt;<\/title>/,
  );
});

test("stands alone on any page: an opaque ground of its own, and nothing fetched from elsewhere", () => {
  const svg = lineChart([RISING], OPTIONS);
  expect(svg).toMatch(/^<svg width="860" height="440" xmlns="http:\/\/www\.w3\.org\/2000\/svg"/);
  expect(svg).toMatch(/<rect width="860" height="440" x="0" y="0" fill="#ffffff">/);
  expect(svg).not.toMatch(/href|url\((?!#)|@import|<script/);
});

test("curves differ by colour and by dashes, up to the five that can be told apart", () => {
  const curves = [1, 2, 3, 4, 5].map((at): Curve => ({ ...RISING, name: `curve ${at}` }));
  const svg = lineChart(curves, OPTIONS);
  const strokes = strokesOf(svg);
  expect(strokes).toHaveLength(5);
  expect(new Set(strokes.map(({ color }) => color)).size).toBe(5);
  expect(new Set(strokes.map(({ dashes }) => dashes)).size).toBe(5);
  expect(() => lineChart([...curves, RISING], OPTIONS)).toThrow("a picture takes 1 to 5 curves, not 6");
  expect(() => lineChart([], OPTIONS)).toThrow("a picture takes 1 to 5 curves, not 0");
});

test("an axis ends where it is told to", () => {
  const svg = lineChart([FLAT], { ...OPTIONS, y: { name: "share, %", max: 40 } });
  expect(textsOf(svg)).toContain("40");
  expect(textsOf(svg)).not.toContain("50");
});

test("a log axis goes in steps of ten times", () => {
  const cost: Curve = {
    name: "cost",
    points: [
      [1, 1],
      [1_000, 500],
      [100_000, 40_000],
    ],
  };
  const svg = lineChart([cost], { title: "Cost", x: { name: "agents", log: true }, y: { name: "dollars", log: true } });
  expect(textsOf(svg)).toEqual(expect.arrayContaining(["1", "10", "100", "1,000", "10,000", "100,000"]));
});

test("the same curves give the same bytes, whatever was drawn before and in another process", () => {
  const first = lineChart([RISING, FLAT], OPTIONS);
  lineChart([FLAT], { ...OPTIONS, title: "Another" });
  expect(lineChart([RISING, FLAT], OPTIONS)).toBe(first);
  const program = `
    import { lineChart } from ${JSON.stringify(new URL("../../bench/page/line-chart.ts", import.meta.url).href)};
    process.stdout.write(lineChart(${JSON.stringify([RISING, FLAT])}, ${JSON.stringify(OPTIONS)}));`;
  expect(execFileSync(process.execPath, ["--input-type=module-typescript", "-e", program], { encoding: "utf8" })).toBe(
    first,
  );
});
