import { create } from "@bufbuild/protobuf";
import fc from "fast-check";
import { expect, test } from "vitest";
import { openDeliveriesOf, openReports } from "../../shared/deliveries/open-letter.ts";
import { TaskProfileSchema } from "../../shared/gen/flashpoint/v1/profile_pb.js";
import { writeDeliveryMessage } from "../../shared/messages/delivery-message.ts";
import { writeTaskMessage } from "../../shared/messages/task-message.ts";
import { anythingLike } from "../support/any-value.ts";
import { profileCollected } from "../support/delivered-events.ts";

const { task, profile } = profileCollected();
const BODIES = [
  writeTaskMessage({ case: "taskReported", value: task }),
  writeDeliveryMessage({ case: "taskReported", value: task }, "hook"),
  writeDeliveryMessage({ case: "profileCollected", value: create(TaskProfileSchema, { task, profile }) }, "hook"),
];
const body = fc.oneof(
  fc
    .constantFrom(...BODIES)
    .chain((sound) => anythingLike(JSON.parse(sound)).map((held) => JSON.stringify(held) ?? "")),
  fc.string({ unit: "binary" }),
);

/** Nothing may be asked or sent for a letter that is only opened. */
const nobody = {
  restart: () => Promise.reject(new Error("restarted")),
  isDelivered: () => Promise.reject(new Error("asked")),
  sendAgain: () => Promise.reject(new Error("sent")),
  send: () => Promise.reject(new Error("sent")),
};

test.each([
  ["a delivery", openDeliveriesOf("hook", { restarter: nobody, queue: nobody })],
  ["a report", openReports(nobody)],
])(
  "whatever lies among the dead letters, it opens as %s that has a key, or is refused with a reason",
  (_what, open) => {
    let opened = 0;
    fc.assert(
      fc.property(body, (text) => {
        try {
          const letter = open(text);
          if (letter === undefined) return;
          opened++;
          expect(letter.key).toBeTypeOf("string");
        } catch (error) {
          expect(error).toBeInstanceOf(Error);
          expect((error as Error).message).not.toBe("");
        }
      }),
      { numRuns: 1_000 },
    );
    expect(opened).toBeGreaterThan(10);
  },
);
