import { describe, expect, it } from "vitest";
import { runbook, runbookSections } from "../support/runbook.ts";
import { runProgram } from "../support/server-process.ts";
import { templateOf } from "../support/stack.ts";

/** What the runbook has one run of our own, each once: the words, and the flags behind them. */
function commands(): [words: string, flags: string[]][] {
  const found = new Map<string, Set<string>>();
  for (const [, line = ""] of runbook.matchAll(/npx flashpoint --stack flashpoint ([^`\n]+)/g)) {
    const [, words = ""] = /^(why|[a-z]+ [a-z]+)/.exec(line) ?? [];
    const flags = line.match(/(?<= )--?[a-z-]+/g) ?? [];
    found.set(words, new Set([...(found.get(words) ?? []), ...flags]));
  }
  return [...found].map(([words, flags]) => [words, [...flags]]);
}

describe("the runbook", () => {
  it.each([...runbookSections])(
    "says of %s what it means, what to look at, what to do and when it is none",
    (_name, section) => {
      const parts = ["**Means.**", "**Look at.**", "**Do.**", "**False alarm.**"].map((part) => section.indexOf(part));
      expect(parts.every((at) => at > 0)).toBe(true);
      expect(parts).toEqual(parts.toSorted((a, b) => a - b));
    },
  );

  it("leads only to sections that there are", () => {
    const links = [...runbook.matchAll(/\]\(#([^)]+)\)/g)].map(([, link]) => link ?? "");
    expect(links.filter((link) => !runbookSections.has(link))).toEqual([]);
  });

  it.each(commands())("has only commands that there are: %s", async (words, flags) => {
    const { code, stdout } = await runProgram(["cli/main.ts", ...words.split(" "), "--help"], { env: {} });
    expect(code).toBe(0);
    expect(stdout).toContain(`Usage: flashpoint ${words} [options]`.replace(" [options]", ""));
    for (const flag of flags) expect(stdout).toContain(flag);
  });

  it("names both bounds of the agents' function where calls are turned away", () => {
    const section = runbookSections.get("agent-api-throttles")?.replace(/\s+/g, " ");
    expect(section).toContain("no more than ten calls a second for each of these are let through");
    for (const name of ["agent-api-concurrency", "agent-api-rate"]) expect(section).toContain(`](#${name})`);
  });

  it("speaks only of graphs and rows that the dashboard has", () => {
    const body = JSON.stringify(templateOf({ edge: "true" }).resource("AWS::CloudWatch::Dashboard", ""));
    const titles = [...body.matchAll(/title\\*":\\*"([^"\\]+)/g)].map(([, title]) => title ?? "");
    const headings = [...body.matchAll(/## ([^"\\]+)/g)].map(([, heading]) => heading ?? "");
    const named = [...runbook.matchAll(/(?<!\*)\*([A-Z][^*]+)\*(?!\*)/g)].map(([, name]) =>
      (name ?? "").replace(/\s+/g, " "),
    );
    expect(named.length).toBeGreaterThan(30);
    const unknown = named.filter((name) => ![...titles, ...headings].some((shown) => shown.startsWith(name)));
    expect(unknown).toEqual([]);
  });
});
