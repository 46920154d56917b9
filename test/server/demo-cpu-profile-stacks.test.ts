import type { Profiler } from "node:inspector";
import { describe, expect, it } from "vitest";
import { samplesIn } from "../../server/demo/counted-stack.ts";
import { cpuProfileStacks } from "../../server/demo/cpu-profile-stacks.ts";

const FILE = "file:///srv/busy-process.ts";

type Node = Profiler.ProfileNode;

function node(
  id: number,
  functionName: string,
  options: { url?: string; line?: number; children?: number[] } = {},
): Node {
  const { url = "", line = -1, children = [] } = options;
  return { id, callFrame: { functionName, scriptId: "1", url, lineNumber: line, columnNumber: 0 }, children };
}

/** V8 counts lines from 0. */
const NODES = [
  node(1, "(root)", { children: [2, 3, 4, 5] }),
  node(2, "(program)"),
  node(3, "(idle)"),
  node(4, "(garbage collector)"),
  node(5, "serve", { url: FILE, line: 75, children: [6, 7] }),
  node(6, "priceOrder", { url: FILE, line: 11, children: [8] }),
  node(7, "", { url: "node:internal/timers", line: 9 }),
  node(8, "parse"),
];

describe("the stacks of a V8 CPU profile", () => {
  it("run leaf first, with file and line of what has them", () => {
    expect(cpuProfileStacks({ nodes: NODES, samples: [6, 7, 8] })).toEqual([
      { symbols: ["priceOrder busy-process.ts:12", "serve busy-process.ts:76"], count: 1 },
      { symbols: ["(anonymous) node:internal/timers:10", "serve busy-process.ts:76"], count: 1 },
      { symbols: ["parse", "priceOrder busy-process.ts:12", "serve busy-process.ts:76"], count: 1 },
    ]);
  });

  it("hold every sample but those of an idle process", () => {
    const samples = [6, 3, 6, 2, 4, 3, 3, 5, 8, 6, 1];
    const stacks = cpuProfileStacks({ nodes: NODES, samples });
    expect(samplesIn(stacks)).toBe(samples.length - 3);
    expect(stacks.find(({ symbols }) => symbols[0] === "priceOrder busy-process.ts:12")?.count).toBe(3);
    expect(stacks.flatMap(({ symbols }) => symbols)).not.toContain("(idle)");
  });

  it("show native code and garbage collection as what they are", () => {
    expect(cpuProfileStacks({ nodes: NODES, samples: [2, 4, 4] })).toEqual([
      { symbols: ["(program)"], count: 1 },
      { symbols: ["(garbage collector)"], count: 2 },
    ]);
  });

  it("come once where V8 keeps two nodes apart that look the same", () => {
    const nodes = [
      node(1, "(root)", { children: [2, 3] }),
      node(2, "serve", { url: FILE, line: 75 }),
      node(3, "serve", { url: FILE, line: 75 }),
    ];
    expect(cpuProfileStacks({ nodes, samples: [2, 3, 3] })).toEqual([
      { symbols: ["serve busy-process.ts:76"], count: 3 },
    ]);
  });

  it("are none for a profile without samples", () => {
    expect(cpuProfileStacks({ nodes: NODES })).toEqual([]);
  });
});
