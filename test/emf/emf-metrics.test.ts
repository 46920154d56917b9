import { spawn } from "node:child_process";
import { once } from "node:events";
import { expect, it } from "vitest";
import { createEmfMetrics } from "../../shared/emf/emf-metrics.ts";
import { readEmfLine, sumsOf, valuesOf } from "../support/emf.ts";

const NOON = Date.UTC(2026, 0, 31, 12, 0, 0);

function recorded() {
  const lines: string[] = [];
  const metrics = createEmfMetrics({ stack: "edge", now: () => NOON, write: (line) => lines.push(line) });
  return { metrics, lines, points: () => lines.flatMap((line) => readEmfLine(line, "Flashpoint", NOON)) };
}

it("sums counts by their labels and keeps each measurement", () => {
  const { metrics, points } = recorded();
  for (const collector of ["hook", "hook", "oap"]) {
    metrics.count("delivery_attempts_total", { collector, outcome: "delivered" });
  }
  metrics.count("delivery_attempts_total", { collector: "hook", outcome: "retry" });
  metrics.count("policy_polls_total");
  metrics.count("policy_polls_total", undefined, 41);
  metrics.observe("delivery_seconds", 2.5, { collector: "hook" });
  metrics.observe("delivery_seconds", 0.125, { collector: "hook" });
  metrics.observe("oldest_pending_delivery_seconds", 600, { collector: "oap" });
  metrics.flush();
  expect(sumsOf(points(), "delivery_attempts_total")).toEqual({
    "collector=hook outcome=delivered stack=edge": 2,
    "collector=hook outcome=retry stack=edge": 1,
    "collector=oap outcome=delivered stack=edge": 1,
  });
  expect(sumsOf(points(), "policy_polls_total")).toEqual({ "stack=edge": 42 });
  expect(valuesOf(points(), "delivery_seconds")).toEqual({ "collector=hook stack=edge": [2.5, 0.125] });
  expect(valuesOf(points(), "oldest_pending_delivery_seconds")).toEqual({ "collector=oap stack=edge": [600] });
  const units = new Map(points().map(({ metric, unit }) => [metric, unit]));
  expect(Object.fromEntries(units)).toEqual({
    delivery_attempts_total: "Count",
    policy_polls_total: "Count",
    delivery_seconds: "Seconds",
    oldest_pending_delivery_seconds: "Seconds",
  });
});

it("writes nothing before it is flushed, everything then, and nothing twice", () => {
  const { metrics, lines, points } = recorded();
  metrics.flush();
  for (let poll = 0; poll < 10_000; poll++) metrics.count("policy_polls_total");
  expect(lines).toEqual([]);
  metrics.flush();
  expect(lines).toHaveLength(1);
  metrics.flush();
  expect(lines).toHaveLength(1);
  expect(sumsOf(points(), "policy_polls_total")).toEqual({ "stack=edge": 10_000 });
});

it("knows of what a single one raises an alarm, until that is flushed", () => {
  const { metrics } = recorded();
  const raises = (count: () => void): boolean[] => {
    count();
    const before = metrics.raisesAlarm();
    metrics.flush();
    return [before, metrics.raisesAlarm()];
  };
  const refused = (code: string) =>
    raises(() => metrics.count("rpc_refusals_total", { method: "queryPolicies", code }));
  expect(raises(() => metrics.count("policy_invalid_total"))).toEqual([true, false]);
  expect(refused("Internal")).toEqual([true, false]);
  expect(refused("Unavailable")).toEqual([false, false]);
  expect(refused("InvalidArgument")).toEqual([false, false]);
  expect(raises(() => metrics.count("policy_polls_total"))).toEqual([false, false]);
  metrics.count("policy_invalid_total");
  expect(raises(() => metrics.count("policy_polls_total"))).toEqual([true, false]);
});

it("loses what cannot be written, and only that", () => {
  let isBroken = true;
  const lines: string[] = [];
  const metrics = createEmfMetrics({
    stack: "edge",
    write(line) {
      if (isBroken) throw new Error("broken pipe");
      lines.push(line);
    },
  });
  metrics.count("policy_polls_total");
  expect(() => metrics.flush()).not.toThrow();
  isBroken = false;
  metrics.count("tasks_recorded_total");
  metrics.flush();
  const points = lines.flatMap((line) => readEmfLine(line, "Flashpoint", Date.now()));
  expect(points.map(({ metric }) => metric)).toEqual(["tasks_recorded_total"]);
});

it("lives on when nobody reads its standard output any more", async () => {
  const file = new URL("../../shared/emf/emf-metrics.ts", import.meta.url).href;
  const script = `
    const { createEmfMetrics } = await import(${JSON.stringify(file)});
    const metrics = createEmfMetrics({ stack: "edge" });
    for await (const _ of process.stdin) break;
    for (let round = 0; round < 3; round++) {
      metrics.count("policy_polls_total");
      metrics.flush();
      await new Promise((resolve) => setImmediate(resolve));
    }
    process.stderr.write("alive");
    process.exit(0);
  `;
  const child = spawn(process.execPath, ["--input-type=module", "--eval", script], { stdio: "pipe" });
  let told = "";
  child.stderr.on("data", (chunk) => {
    told += chunk;
  });
  child.stdout.destroy();
  await once(child.stdout, "close");
  child.stdin.end("go");
  const [code] = await once(child, "close");
  expect({ code, told }).toEqual({ code: 0, told: "alive" });
});
