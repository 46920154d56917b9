import { readdirSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { performancePage } from "../../bench/page/performance-page.ts";
import { picturesOf } from "../../bench/page/pictures.ts";
import { readPerformance } from "../../bench/page/read-performance.ts";
import { type BenchRun, parseRun } from "../../bench/run.ts";

const DOCS = new URL("../../docs/", import.meta.url);

const RUN: BenchRun = {
  at: "2026-02-03T23:59:00.000Z",
  machine: { processor: "Abacus 7", cores: 2, memoryGiB: 8, system: "Linux 6.1", node: "24.21.0" },
  figures: [
    {
      name: "polls",
      meaning: "Polls against nothing",
      seconds: 100,
      measurements: [
        { what: "Flashpoint", value: 12_345.6, unit: "polls/s", rounds: [12_000, 12_345.6, 13_000] },
        { what: "Flashpoint / raw", value: 0.66, unit: "of medians", atLeast: 0.55 },
        { what: "in a | pipe", value: 30, unit: "s", atMost: 12 },
      ],
    },
    { name: "starts", meaning: "Starts of all", seconds: 80, measurements: [], error: "no port is free" },
  ],
};
const PICTURE = { name: "convergence", alt: "What goes up", path: "performance/convergence.svg" };
const PLACES = "<!-- figure: polls -->\n<!-- figure: starts -->";

const pageOf = (prose: string): string => performancePage(prose, RUN, [PICTURE]);

test("says when, on what machine and for how long it was measured", () => {
  expect(pageOf(`<!-- run -->\n${PLACES}`).split("\n")[0]).toBe(
    "Measured in one run on 3 February 2026, in 3 minutes, on 2 cores (Abacus 7), 8 GiB of memory, Linux 6.1, Node 24.21.0.",
  );
});

test("shows of a figure every number with its unit, its rounds, its target, and by how much that is met or missed", () => {
  expect(pageOf(PLACES).split("\n")).toEqual([
    "*Polls against nothing. Takes 100 s.*",
    "",
    "| what | measured | rounds | target |",
    "| --- | --- | --- | --- |",
    "| Flashpoint | 12,346 polls/s | 12,000 to 13,000 in 3 rounds |  |",
    "| Flashpoint / raw | 0.66 of medians |  | met: at least 0.55, 20 % above |",
    "| in a \\| pipe | 30 s |  | **MISSED**: at most 12, 150 % above |",
    "*Starts of all. It failed: no port is free*",
  ]);
});

test("gathers every target of every figure, with how many are met", () => {
  const [met, , ...rows] = pageOf(`<!-- targets -->\n${PLACES}`).split("\n");
  expect(met).toBe("1 of the 2 targets that were measured are met. Figures that are missing here, failed: starts.");
  expect(rows.slice(2, 4)).toEqual([
    "| [polls](#polls) | Flashpoint / raw | 0.66 of medians | met: at least 0.55, 20 % above |",
    "| [polls](#polls) | in a \\| pipe | 30 s | **MISSED**: at most 12, 150 % above |",
  ]);
});

test("says beside the count which figures are missing, and nothing where none is", () => {
  const whole = { ...RUN, figures: RUN.figures.slice(0, 1) };
  const countOf = (prose: string, run: BenchRun) =>
    performancePage(`<!-- targets -->\n${prose}`, run, []).split("\n")[0];
  expect(countOf("<!-- figure: polls -->", whole)).toBe("1 of the 2 targets that were measured are met.");
  expect(countOf(`${PLACES}\n<!-- figure: soak -->\n<!-- figure: cost -->`, RUN)).toBe(
    "1 of the 2 targets that were measured are met. " +
      "Figures that are missing here, failed: starts; not measured in this run: soak, cost.",
  );
});

test("misses a target whose number could not be taken, though JSON has no word for it", () => {
  const arrived = { what: "all agents after", value: Number.POSITIVE_INFINITY, unit: "s", rounds: [9, Number.NaN] };
  const figures = [{ name: "polls", meaning: "", seconds: 1, measurements: [{ ...arrived, atMost: 12 }] }];
  const page = performancePage(
    "<!-- targets -->\n<!-- figure: polls -->",
    parseRun(JSON.stringify({ ...RUN, figures })),
    [],
  );
  expect(page).toContain("0 of the 1 targets");
  expect(page).toContain("| all agents after | none s | none to none in 2 rounds | **MISSED**: at most 12 |");
});

test("leaves nothing behind a number without a unit", () => {
  const figures = [{ name: "polls", meaning: "", seconds: 1, measurements: [{ what: "a", value: 3, unit: "" }] }];
  expect(performancePage("<!-- figure: polls -->", { ...RUN, figures }, [])).toContain("| a | 3 |  |  |");
});

test("puts numbers into sentences and pictures into their places, and leaves all other prose as it is", () => {
  const prose = `It does {{polls: Flashpoint}}, {{polls: Flashpoint / raw}}.\n<!-- a remark -->\n<!-- picture: convergence -->\n`;
  expect(pageOf(prose + PLACES)).toMatch(
    /^It does 12,346 polls\/s, 0\.66 of medians\.\n<!-- a remark -->\n!\[What goes up\]\(performance\/convergence\.svg\)\n/,
  );
});

test("says so where the run left a figure or picture out, or one failed", () => {
  const [soak, value, failed, picture] = pageOf(
    `<!-- figure: soak -->\nIt grew by {{soak: memory}}.\nIt took {{starts: agent-api}}.\n<!-- picture: cost -->\n${PLACES}`,
  ).split("\n");
  expect(soak).toBe("*This figure is not measured in this run.*");
  expect(value).toBe("It grew by (not measured in this run).");
  expect(failed).toBe("It took (not measured in this run).");
  expect(picture).toBe("*What this picture shows is not measured in this run.*");
});

test.each([
  ["<!-- figure: polls -->", "starts has no place in the prose; give it a line <!-- figure: starts -->"],
  [
    "<!-- figure: pols -->\n<!-- figure: starts -->",
    "polls has no place in the prose; give it a line <!-- figure: polls -->",
  ],
  [`{{pols: Flashpoint}}\n${PLACES}`, "pols has no place in the prose; give it a line <!-- figure: pols -->"],
  [`{{polls: flash}}\n${PLACES}`, 'polls has no measurement "flash"'],
])("refuses prose that does not fit the run: %j", (prose, message) => {
  expect(() => pageOf(prose)).toThrow(message);
});

test("draws the curves of a run, and nothing where there are none", () => {
  expect(picturesOf(RUN).map(({ name }) => name)).not.toContain("convergence");
  const points = [
    [0, 0],
    [12, 100],
  ] as const;
  const measured = {
    name: "convergence",
    meaning: "",
    seconds: 1,
    measurements: [],
    curves: [{ name: "ours", points }],
  };
  const pictures = picturesOf({ ...RUN, figures: [measured] });
  expect(pictures).toContainEqual({
    ...PICTURE,
    alt: expect.any(String),
    svg: expect.stringContaining(">ours</text>"),
  });
});

test("says in words what its pictures show", () => {
  const figure = (name: string, all: Record<string, string>) => ({
    name,
    meaning: "",
    seconds: 1,
    measurements: [],
    curves: Object.entries(all).map(([of, text]) => ({ name: of, points: pointsOf(text) })),
  });
  const figures = [
    figure("convergence", { ours: "0 0, 12 100, 13 100", theirs: "0 0, 9 0.225, 150 0.225", others: "0 0, 150 70" }),
    figure("cost", { "function URL": "10 13.2, 1000 108, 100000 9876.5" }),
  ];
  const [convergence, cost] = picturesOf({ ...RUN, figures }).map(({ alt }) => alt);
  expect(convergence).toMatch(
    /: ours: 100 % after 12 s; theirs: 0\.225 % after 9 s, and no more by 150 s; others: 70 % after 150 s$/,
  );
  expect(cost).toMatch(/: function URL: 13\.2 USD for 10 agents, 9,877 USD for 100,000$/);
});

function pointsOf(text: string): [number, number][] {
  return text.split(", ").map((point): [number, number] => {
    const [x = Number.NaN, y = Number.NaN] = point.split(" ").map(Number);
    return [x, y];
  });
}

test("docs/performance.md and its pictures are what the saved run gives; `npm run docs:performance` makes them anew", () => {
  const files = readPerformance();
  for (const [path, text] of files) expect(readFileSync(new URL(path, DOCS), "utf8"), path).toBe(text);
  const found = readdirSync(DOCS, { recursive: true, encoding: "utf8" }).filter((path) =>
    /^performance[./]/.test(path),
  );
  expect(found.toSorted()).toEqual([...files.keys()].toSorted());
}, 120_000); // the bills behind the picture of costs are made from whole stacks
