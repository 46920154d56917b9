import { create } from "@bufbuild/protobuf";
import fc from "fast-check";
import { expect, test } from "vitest";
import { DELIVERY_STATUSES, readDeliveries } from "../../shared/deliveries/delivery.ts";
import { CollectedProfileSchema } from "../../shared/gen/flashpoint/v1/profile_pb.js";
import { readProfileItem, writeProfileItem } from "../../shared/profiles/profile-item.ts";
import { readTaskItem, writeTaskItem } from "../../shared/tasks/task-item.ts";
import { anythingLike, anyValue } from "../support/any-value.ts";
import { PROFILE_ID, profileCollected, TASK_ID } from "../support/delivered-events.ts";

const AT = "2026-01-31T12:00:00.000Z";
const DELIVERIES = {
  hook: { status: "retrying", attempts: 2, lastError: "answered 500", nextAt: AT, at: AT },
  pager: { status: "delivered", attempts: 1, remoteId: "7", at: AT },
} as const;
const { task, profile } = profileCollected();
const options = { retentionDays: 30, now: Date.parse(AT) };
const TASK_ITEM = writeTaskItem({ task, deliveries: DELIVERIES }, options);
const PROFILE_ITEM = writeProfileItem({ profile, deliveries: DELIVERIES, isApart: false }, options);

/** What anybody may make of an item, but for its key. */
const edited = (item: Record<string, unknown>, key: Record<string, string>) =>
  anythingLike(item).map((held) => ({ ...(held as Record<string, unknown>), ...key }));

test("whatever hands have made of a task's item, it is read as that task or as none", () => {
  let read = 0;
  fc.assert(
    fc.property(edited(TASK_ITEM, { taskId: TASK_ID }), (item) => {
      const record = readTaskItem(item);
      if (record === undefined) return;
      read++;
      expect(record.task.taskId).toBe(TASK_ID);
      // What is read can be written, and is the same again.
      const again = readTaskItem(writeTaskItem(record, options));
      expect(again).toEqual(record);
    }),
    { numRuns: 1_000 },
  );
  expect(read).toBeGreaterThan(10);
});

test("whatever hands have made of a profile's item, it is read as that profile or as none", () => {
  let read = 0;
  fc.assert(
    fc.property(edited(PROFILE_ITEM, { taskId: TASK_ID, profileId: PROFILE_ID }), (item) => {
      const record = readProfileItem(item);
      if (record === undefined) return;
      read++;
      expect(create(CollectedProfileSchema, record.profile)).toMatchObject({ taskId: TASK_ID, profileId: PROFILE_ID });
    }),
    { numRuns: 1_000 },
  );
  expect(read).toBeGreaterThan(10);
});

test("whatever stands where deliveries should, those that are read are such", () => {
  fc.assert(
    fc.property(fc.oneof(anythingLike(DELIVERIES), anyValue), (stored) => {
      for (const delivery of Object.values(readDeliveries(stored))) {
        expect(DELIVERY_STATUSES).toContain(delivery.status);
        expect(Number.isSafeInteger(delivery.attempts)).toBe(true);
        const { at, lastError = "", remoteId = "", nextAt = "" } = delivery;
        for (const text of [at, lastError, remoteId, nextAt]) expect(text).toBeTypeOf("string");
      }
    }),
    { numRuns: 1_000 },
  );
});
