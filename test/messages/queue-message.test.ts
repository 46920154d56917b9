import { create } from "@bufbuild/protobuf";
import fc from "fast-check";
import { expect, test } from "vitest";
import { TaskProfileSchema } from "../../shared/gen/flashpoint/v1/profile_pb.js";
import { readDeliveryMessage, writeDeliveryMessage } from "../../shared/messages/delivery-message.ts";
import { readTaskMessage, writeTaskMessage } from "../../shared/messages/task-message.ts";
import { anythingLike } from "../support/any-value.ts";
import { profileCollected } from "../support/delivered-events.ts";

const { task, profile } = profileCollected();
const TASK = writeTaskMessage({ case: "taskReported", value: task });
const PROFILE = writeTaskMessage({ case: "profileCollected", value: profile });
const DELIVERY = writeDeliveryMessage(
  { case: "profileCollected", value: create(TaskProfileSchema, { task, profile }) },
  "hook",
);

const body = fc.oneof(
  fc
    .constantFrom(TASK, PROFILE, DELIVERY)
    .chain((sound) => anythingLike(JSON.parse(sound)).map((held) => JSON.stringify(held) ?? "")),
  fc
    .tuple(fc.constantFrom(TASK, PROFILE, DELIVERY), fc.nat(), fc.nat(), fc.string({ maxLength: 3 }))
    .map(([sound, at, length, text]) => {
      const from = at % sound.length;
      return sound.slice(0, from) + text + sound.slice(from + (length % 5));
    }),
  fc.string({ unit: "binary" }),
  fc.json(),
);

test.each([
  ["a task message", readTaskMessage],
  ["a delivery message", readDeliveryMessage],
])("whatever a body holds, it reads as %s with an event, or is refused with a reason", (_what, read) => {
  let taken = 0;
  fc.assert(
    fc.property(body, (text) => {
      try {
        const message = read(text);
        taken++;
        expect(message.version).toBe(1);
        expect(message.event.case).toBeDefined();
      } catch (error) {
        expect(error).toBeInstanceOf(Error);
        expect((error as Error).message).not.toBe("");
      }
    }),
    { numRuns: 2_000 },
  );
  expect(taken).toBeGreaterThan(10);
});
