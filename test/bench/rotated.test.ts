import { expect, it } from "vitest";
import { rotated } from "../../bench/rotated.ts";

it("over as many rounds as there are, each has every place once", () => {
  const names = ["a", "b", "c"];
  const rounds = [0, 1, 2].map((round) => rotated(names, round));
  for (const place of [0, 1, 2]) expect(rounds.map((list) => list[place]).sort()).toEqual(names);
});

it("who follows whom stays, but for the first and the last", () => {
  expect(rotated(["a", "b", "c"], 4)).toEqual(["b", "c", "a"]);
  expect(rotated([], 4)).toEqual([]);
});
