import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import type { Check, Context, Finding } from "../../../cli/doctor/check.ts";
import { CHECKS } from "../../../cli/doctor/checks.ts";
import { runChecks } from "../../../cli/doctor/run-checks.ts";
import { summaryOf, summaryText } from "../../../cli/doctor/told-text.ts";

const CONTEXT = {} as Context; // these checks look at nothing

function check(name: string, findings: readonly Finding[] | Error, needs: readonly string[] = []): Check {
  return {
    name,
    needs,
    async run() {
      if (findings instanceof Error) throw findings;
      return findings;
    },
  };
}
const ok: Finding[] = [{ status: "ok", detail: "well" }];
const failed = (...breaks: string[]): Finding[] => [
  { status: "failed", detail: "broken", ...(breaks.length > 0 && { breaks }) },
];

async function told(...checks: Check[]): Promise<string[]> {
  const all = (await Promise.all(runChecks(checks, CONTEXT))).flat();
  return all.map(({ name, status, detail }) => `${name} ${status}: ${detail}`);
}

it("skips what needs a check that failed, and what needs one that was skipped", async () => {
  expect(await told(check("a", failed()), check("b", ok, ["a"]), check("c", ok, ["b"]), check("d", ok))).toEqual([
    "a failed: broken",
    "b skipped: a failed",
    "c skipped: b failed",
    "d ok: well",
  ]);
});

it("skips what needs the broken part alone", async () => {
  const checks = [check("a", failed("a/x")), check("b", ok, ["a/x"]), check("c", ok, ["a/y"]), check("d", ok, ["a"])];
  expect(await told(...checks)).toEqual(["a failed: broken", "b skipped: a/x failed", "c ok: well", "d ok: well"]);
  expect(await told(check("a", failed()), check("b", ok, ["a/x"]))).toEqual([
    "a failed: broken",
    "b skipped: a failed",
  ]);
});

it("goes on after a warning, and tells what a check throws", async () => {
  const warning: Finding[] = [{ status: "warning", detail: "hm" }];
  expect(await told(check("a", warning), check("b", new Error("no"), ["a"]), check("c", ok, ["b"]))).toEqual([
    "a warning: hm",
    "b failed: no",
    "c skipped: b failed",
  ]);
});

it("gives no check more than eight seconds", { timeout: 15_000 }, async () => {
  const never: Check = { name: "never", run: () => new Promise(() => {}) };
  expect(await told(never, check("after", ok, ["never"]))).toEqual([
    "never failed: never took longer than 8000 ms",
    "after skipped: never failed",
  ]);
});

it("has no check that stands before one that it needs, and none twice", () => {
  const names = CHECKS.map(({ name }) => name);
  expect(new Set(names).size).toBe(names.length);
  for (const [index, { needs = [] }] of CHECKS.entries())
    for (const need of needs) expect(names.slice(0, index)).toContain(need.split("/")[0]);
});

it("sums up in a line", () => {
  const line = (status: Finding["status"]) => ({ name: "a", status, detail: "", advice: null });
  expect(summaryText(summaryOf([line("ok"), line("warning"), line("failed"), line("skipped")]))).toBe(
    "1 well, 1 warning, 1 failed, 1 skipped",
  );
  expect(summaryText(summaryOf([]))).toBe("0 well, 0 warnings, 0 failed");
});

it("has each check on the page for operators, in the same order", () => {
  const page = readFileSync(new URL("../../../docs/operating.md", import.meta.url), "utf8");
  const [, section = ""] = page.split("\n## Doctor\n");
  const rows = [...(section.split("\n## ")[0] ?? "").matchAll(/^\| `(\w+)` \|/gm)].map(([, name]) => name);
  expect(rows).toEqual(CHECKS.map(({ name }) => name));
});
