import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { OPTIONS } from "../infra/options/options.ts";
import { COUNTERS, GAUGES, HISTOGRAMS } from "../shared/metrics.ts";
import { parsePolicyFile } from "../shared/policies/policy-file.ts";
import { parsePolicySet } from "../shared/policies/set/policy-set.ts";
import { VARIABLES } from "../shared/settings.ts";

const ROOT = new URL("..", import.meta.url).pathname;
const read = (file: string): string => readFileSync(join(ROOT, file), "utf8");
const PAGES = [
  "README.md",
  "infra/RUNBOOK.md",
  ...readdirSync(join(ROOT, "docs")).flatMap((name) => (name.endsWith(".md") ? [`docs/${name}`] : [])),
];

/** The cells of a page's table rows that start with a cell in backticks beginning with `prefix`. */
function rowsOf(page: string, prefix: string): string[][] {
  const rows = read(page)
    .split("\n")
    .filter((line) => line.startsWith(`| \`${prefix}`));
  return rows.map((row) =>
    row
      .split("|")
      .slice(1, -1)
      .map((cell) => cell.trim()),
  );
}

const code = (text: string): string => (text === "" ? "" : `\`${text}\``);

describe("the docs", () => {
  it("list every setting with its flag, default and meaning", () => {
    const settings = Object.entries(VARIABLES).map(([name, definition]) => [
      code(name),
      "flag" in definition ? code(`--${definition.flag}`) : "",
      code(definition.default),
      definition.meaning,
    ]);
    expect(rowsOf("README.md", "FLASHPOINT_")).toEqual(settings);
  });

  it("list every option of the stack with its default and meaning", () => {
    const names = Object.keys(OPTIONS).map(code);
    const rows = rowsOf("docs/deploying.md", "").filter(([name = ""]) => names.includes(name));
    const options = Object.entries(OPTIONS).map(([name, option]) => [code(name), code(option.default), option.meaning]);
    expect(rows).toEqual(options);
  });

  it("list every metric with its labels and meaning", () => {
    const metrics = Object.entries({ ...COUNTERS, ...HISTOGRAMS, ...GAUGES }).map(([name, { help, labels }]) => [
      `${code(`flashpoint_${name}`)}${labels.length === 0 ? "" : ` (${labels.join(", ")})`}`,
      help,
    ]);
    expect(rowsOf("docs/operating.md", "flashpoint_")).toEqual(metrics);
  });

  it.each(PAGES)("%s links only to files that are there", (page) => {
    const links = [...read(page).matchAll(/\]\((?!https?:)([^)#]+)[^)]*\)/g)].map(([, link]) => link ?? "");
    for (const link of links) {
      const target = join(ROOT, page, "..", link);
      expect(() => readFileSync(target), `${page} links to ${link}`).not.toThrow();
    }
  });

  it.each(PAGES)("%s shows only policy files that are valid, and such as give no warning", (page) => {
    const files = [...read(page).matchAll(/```yaml\n((?:budget|policy|services|templates):[\s\S]*?)```/g)];
    for (const [, text = ""] of files) {
      const parsed = parsePolicySet([{ name: page, text }]);
      expect(parsed).toMatchObject({ ok: true, warnings: [] });
    }
  });

  it("show an example policy that is valid", () => {
    expect(parsePolicyFile(read("docs/examples/policy.yaml"))).toMatchObject({ ok: true });
  });
});
