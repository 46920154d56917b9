import fc from "fast-check";
import { expect, test } from "vitest";
import { batchesOf } from "../../shared/aws/queue.ts";

// What SQS takes in one SendMessageBatch.
const MOST_MESSAGES = 10;
const MOST_BYTES = 262_144;

const bytesOf = (messages: readonly { body: string }[]) =>
  messages.reduce((sum, { body }) => sum + Buffer.byteLength(body), 0);

/** Bodies up to the largest that SQS takes, in one to three bytes a character, so that sums meet the bound. */
const anyBody = fc
  .tuple(
    fc.constantFrom("x", "ü", "€"),
    fc.oneof(fc.integer({ min: 1, max: 100 }), fc.integer({ min: 1, max: MOST_BYTES })),
  )
  .map(([character, bytes]) => character.repeat(Math.max(1, Math.floor(bytes / Buffer.byteLength(character)))));

test("messages are cut into runs that SQS takes at once, in order, and none is lost", () => {
  fc.assert(
    fc.property(fc.array(anyBody, { maxLength: 40 }), (bodies) => {
      const batches = batchesOf(bodies.map((body) => ({ body })));
      for (const batch of batches) {
        expect(batch.length).toBeGreaterThan(0);
        expect(batch.length).toBeLessThanOrEqual(MOST_MESSAGES);
        expect(bytesOf(batch)).toBeLessThanOrEqual(MOST_BYTES);
      }
      expect(batches.flat().map(({ body }) => body)).toEqual(bodies);
    }),
  );
});

test.each([
  [0, 1, []],
  [10, 1, [10]],
  [21, 1, [10, 10, 1]],
  [2, MOST_BYTES / 2, [2]],
  [2, MOST_BYTES / 2 + 1, [1, 1]],
  [8, 150_000, [1, 1, 1, 1, 1, 1, 1, 1]],
])("%i messages of %i bytes are sent in no more runs than need be", (count, bytes, lengths) => {
  expect(batchesOf(Array(count).fill({ body: "x".repeat(bytes) })).map(({ length }) => length)).toEqual(lengths);
});
