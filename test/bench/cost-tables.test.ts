import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { costTables, withCostTables } from "../../bench/page/cost-tables.ts";
import { DEPLOYING, readDeploying } from "../../bench/page/read-deploying.ts";
import { times } from "../support/cost-world.ts";

const SYNTH_MS = 120_000;

it(
  "docs/deploying.md shows the costs that the saved run gives; `npm run docs:costs` writes them anew",
  () => {
    expect(readFileSync(DEPLOYING, "utf8")).toBe(readDeploying());
  },
  SYNTH_MS,
);

it(
  "adds up the edge at rest as AWS's prices have it, and each fleet to what it is together",
  () => {
    const tables = costTables(times);
    // Two tasks of half a processor and 1 GB: 23.64 + 5.20; the balancer 16.43; four addresses 14.60. The small one: 5.91
    // and 2.60, 16.43, two addresses 7.30.
    expect(tables.get("edge")).toContain("| tasks on arm64 | 29 | 9 |\n| load balancer | 16 | 16 |\n");
    expect(tables.get("edge")).toContain("| **at rest** | 60 | 32 |");
    const rows = [...(tables.get("fleets") ?? "").matchAll(/^\| .*\d \|$/gm)].map(([row]) =>
      row.split("|").slice(2, -1),
    );
    expect(rows.length).toBe(7);
    for (const cells of rows) {
      const [stack = 0, monitoring = 0, data = 0, together] = cells.map((text) => Number(text.replaceAll(",", "")));
      expect(Math.abs(stack + monitoring + data - (together ?? Number.NaN))).toBeLessThan(2); // each is rounded
    }
    expect(rows[0]?.[0]?.trim()).toBe("0.53");
  },
  SYNTH_MS,
);

it("fills each place of a page, leaves all else as it is, and says which place is missing", () => {
  const tables = new Map([
    ["edge", "new"],
    ["fleets", "$& also new"],
  ]);
  const place = (name: string, text: string) => `<!-- cost: ${name} -->\n${text}\n<!-- end of cost -->`;
  const page = `a\n${place("edge", "\nold\n")}\nb\n${place("fleets", "\n")}\nc\n`;
  const filled = `a\n${place("edge", "\nnew\n")}\nb\n${place("fleets", "\n$& also new\n")}\nc\n`;
  expect(withCostTables(page, tables)).toBe(filled);
  expect(withCostTables(filled, tables)).toBe(filled);
  expect(() => withCostTables(place("edge", ""), tables)).toThrow("no place for costs of fleets");
});
