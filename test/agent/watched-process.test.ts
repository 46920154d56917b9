import { expect, test } from "vitest";
import { keptName } from "../../shared/agent/watched-process.ts";
import { heapMiB } from "../support/heap.ts";

test("a name is cut after 1,024 characters", () => {
  for (const character of ["x", "ß", "日", "😀"]) {
    expect(keptName(character.repeat(5_000))).toBe(character.repeat(5_000).slice(0, 1_024));
    expect(keptName(character.repeat(512))).toBe(character.repeat(512));
  }
});

test("what a name was cut from is not kept in memory", () => {
  const before = heapMiB();
  const names = Array.from({ length: 100 }, (_, index) => {
    return keptName(Buffer.alloc(500_000, `${index}`).toString()); // as it comes out of a request
  });
  expect(heapMiB() - before).toBeLessThan(20);
  expect(names).toHaveLength(100);
});
