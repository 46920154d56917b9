import { describe, expect, it, test } from "vitest";
import { runProgram } from "../support/server-process.ts";
import { parseArguments, usage } from "./arguments.ts";
import { createLogWatch } from "./log-watch.ts";
import { createRandom } from "./random.ts";
import type { Usage } from "./usage.ts";
import { judgeMemory } from "./verdicts.ts";

/** Under load it takes several times as long as alone. */
const LONG_MS = 220_000;

test("a short run finds nothing, and ends with a table of what was answered and one of memory", {
  timeout: LONG_MS,
}, async () => {
  const args = ["test/fuzz/main.ts", "--count", "1000", "--seed", "short", "--limit", "200"];
  const { code, stdout, stderr } = await runProgram(args, { timeoutMs: LONG_MS });
  expect(stdout).not.toContain("FOUND");
  for (const heading of ["target ", "server heap", "promise "]) expect(stdout).toContain(heading);
  expect(stdout).toContain("1000 of 1000 cases");
  expect({ code, stderr }).toMatchObject({ code: 0 });
});

describe("a case", () => {
  const numbers = (seed: string, index: number) => {
    const random = createRandom(seed, index);
    return Array.from({ length: 20 }, () => random.number());
  };

  it("chooses the same again by its seed and its number, and differently by any other", () => {
    expect(numbers("a", 7)).toEqual(numbers("a", 7));
    expect(numbers("a", 7)).not.toEqual(numbers("a", 8));
    expect(numbers("a", 7)).not.toEqual(numbers("b", 7));
  });
});

describe("the log", () => {
  const faultIn = (line: string) => {
    const watch = createLogWatch();
    watch.line(line);
    return watch.takeFault();
  };

  it.each([
    [
      "a call that failed unforeseen",
      JSON.stringify({ level: "error", msg: "call failed unforeseen", err: { message: "x" } }),
    ],
    [
      "a message that stays queued for no outage",
      JSON.stringify({ msg: "message stays queued: x", err: { type: "TypeError" } }),
    ],
    ["a warning of Node's", "(node:7) MaxListenersExceededWarning: Possible EventEmitter memory leak detected."],
    ["an error that nobody caught", "TypeError: Cannot read properties of undefined"],
  ])("shows %s", (_what, line) => {
    expect(faultIn(line)).toContain(line);
  });

  it.each([
    ["a dead letter", JSON.stringify({ level: "warn", msg: "message put to the dead letters", reason: "x" })],
    [
      "a message that stays queued in an outage",
      JSON.stringify({ msg: "message stays queued: x", err: { type: "Unavailable" } }),
    ],
    ["nothing", ""],
  ])("may hold %s", (_what, line) => {
    expect(faultIn(line)).toBeUndefined();
  });
});

describe("memory", () => {
  const used = (heap: number, sockets = 5): Usage => ({ rss: 200, heap, external: 10, handles: 20, sockets });
  const broken = (...looks: [cases: number, heap: number, sockets?: number][]) =>
    judgeMemory(
      looks.map(([cases, heap, sockets]) => ({ when: "", cases, server: used(heap, sockets), lambda: used(20) })),
    )
      .filter(({ isHeld }) => !isHeld)
      .map(({ promise }) => promise);

  it("may grow until all is warm, and a little from then on", () => {
    expect(broken([0, 30], [2_000, 60], [5_000, 80], [20_000, 90])).toEqual([]);
    expect(broken([0, 30], [2_000, 31], [5_000, 45], [20_000, 70])).toEqual(["the server's memory stays"]);
    expect(broken([0, 30], [5_000, 45], [1_000_000, 100])).toEqual([]);
    expect(broken([0, 30], [5_000, 45], [1_000_000, 145])).toEqual(["the server's memory stays"]);
  });

  it("is held against what is left open, too", () => {
    expect(broken([0, 30, 5], [20_000, 30, 500])).toEqual(["the server lets go of its sockets"]);
  });
});

test("the flags are read, and wrong ones named", () => {
  const given = ["--count", "1000000", "--seed", "x", "--limit", "60", "--only", "http", "--case", "0"];
  expect(parseArguments(given)).toMatchObject({ count: 1_000_000, seed: "x", limit: 60, only: "http", index: 0 });
  expect(() => parseArguments(["--count", "0"])).toThrow("--count");
  expect(() => parseArguments(["--limit", "1h"])).toThrow("--limit");
  for (const flag of ["--count", "--seed", "--limit", "--only", "--case"]) expect(usage()).toContain(flag);
});
