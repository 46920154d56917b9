import { expect, test } from "vitest";
import { allocatedBytes } from "../../bench/lambda/allocated-bytes.ts";

/** In V8 on 64 bits: what describes the object, its properties and its elements, and two numbers that fit in place. */
const OBJECT_BYTES = 5 * 8;

let kept: object = {};

function makeObjects(count: number): () => Promise<void> {
  return async () => {
    for (let index = 0; index < count; index++) kept = { index, next: index };
  };
}

test("what is allocated is counted to a few in a hundred, through many garbage collections", async () => {
  const count = 3_000_000; // 120 MB, of which one object is kept
  const bytes = await allocatedBytes(makeObjects(count));
  expect(bytes / count).toBeGreaterThan(OBJECT_BYTES * 0.95);
  expect(bytes / count).toBeLessThan(OBJECT_BYTES * 1.1);
  expect(kept).toEqual({ index: count - 1, next: count - 1 });
});

test("work that allocates nothing counts as hardly anything", async () => {
  expect(await allocatedBytes(async () => {})).toBeLessThan(200_000);
});
