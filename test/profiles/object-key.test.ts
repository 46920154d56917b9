import fc from "fast-check";
import { expect, test } from "vitest";
import { objectKey } from "../../shared/profiles/object-key.ts";

const profileId = "01a20645-695b-7086-8cb7-a2d90e9f0250";

test("files of known tasks lie in the task's folder, those of others apart", () => {
  const taskId = "01a20642-3914-737c-a122-24445ec48cf9";
  expect(objectKey({ taskId, profileId, isKnown: true })).toBe(`tasks/${taskId}/${profileId}.pb.gz`);
  expect(objectKey({ taskId, profileId, isKnown: false })).toBe(`unknown-tasks/${taskId}/${profileId}.pb.gz`);
});

test("an id that is no plain name stands as its hash", () => {
  // printf '..' | sha256sum
  const dots = "5ec1f7e700f37c3d0b2981d04855fc34b94aaa15457b05ca571817442d228f81";
  const key = objectKey({ taskId: "..", profileId, isKnown: false });
  expect(key).toMatch(/^unknown-tasks\/sha256-[0-9a-f]{64}\//);
  expect(key).toContain(dots);
});

test("whatever the id, the key has three plain parts that any file system takes, and no two ids share a folder", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), fc.string({ unit: "binary" }), (one, other) => {
      const [a, b] = [one, other].map((taskId) => objectKey({ taskId, profileId, isKnown: true }));
      expect(a).toMatch(/^tasks\/[\w=-]{1,128}\/[0-9a-f-]{36}\.pb\.gz$/);
      expect(a === b).toBe(one === other);
    }),
  );
});
