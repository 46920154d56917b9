import { describe, expect, it } from "vitest";
import { foldedLine } from "../../server/demo/counted-stack.ts";
import { functionTable, topFunctions } from "../../server/demo/top-functions.ts";

/** Leaf first. */
const STACKS = [
  { symbols: ["price", "checkout", "main"], count: 6 },
  { symbols: ["parse", "checkout", "main"], count: 3 },
  { symbols: ["checkout", "main"], count: 1 },
];

describe("the top functions of a profile", () => {
  it("have their own share and that of all they call, greatest own share first", () => {
    expect(topFunctions(STACKS, 10)).toEqual([
      { name: "price", self: 0.6, total: 0.6 },
      { name: "parse", self: 0.3, total: 0.3 },
      { name: "checkout", self: 0.1, total: 1 },
      { name: "main", self: 0, total: 1 },
    ]);
  });

  it("are as many as asked for", () => {
    expect(topFunctions(STACKS, 2).map(({ name }) => name)).toEqual(["price", "parse"]);
  });

  it("count a sample once where a function calls itself", () => {
    expect(topFunctions([{ symbols: ["walk", "walk", "main"], count: 4 }], 1)).toEqual([
      { name: "walk", self: 1, total: 1 },
    ]);
  });

  it("are none without samples", () => {
    expect(topFunctions([], 8)).toEqual([]);
  });

  it("are shown with bars", () => {
    expect(functionTable(topFunctions(STACKS, 2))).toEqual([
      "                         self    total   function",
      "████████████········   60.0 %   60.0 %   price",
      "██████··············   30.0 %   30.0 %   parse",
    ]);
  });
});

describe("a folded line", () => {
  it("runs from the root to the leaf and ends with the count", () => {
    expect(foldedLine({ symbols: ["price", "checkout", "main"], count: 6 })).toBe("main;checkout;price 6");
  });

  it("has no separator inside a symbol", () => {
    expect(foldedLine({ symbols: ["a;b", "main"], count: 1 })).toBe("main;a:b 1");
  });
});
