import type { AttributeValue } from "@aws-sdk/client-dynamodb";
import { PutCommand } from "@aws-sdk/lib-dynamodb";
import { create } from "@bufbuild/protobuf";
import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { ProfilingTaskSchema } from "../../shared/gen/flashpoint/v1/task_pb.js";
import { QUEUES, tableName } from "../../shared/resources.ts";
import { reportFingerprint } from "../../shared/tasks/report-fingerprint.ts";
import { MAX_DURATION_SECONDS } from "../../shared/tasks/report-limits.ts";
import { createReportStore, type ReportStore } from "../../shared/tasks/report-store.ts";
import { anythingLike } from "../support/any-value.ts";
import { countedAws } from "../support/counted-aws.ts";
import { type HandEdits, openHandEdits } from "../support/hand-edits.ts";
import { type StillWorld, startStillWorld } from "../support/still-world.ts";

const NOON = Date.UTC(2026, 0, 31, 12, 0, 0);
const MINUTE = 60_000;

let world: StillWorld;
let hand: HandEdits;
let counted: ReturnType<typeof countedAws>;
let store: ReportStore;

beforeAll(async () => {
  world = await startStillWorld();
  hand = openHandEdits({ config: world.config, server: { engines: world.engines } });
  counted = countedAws(world.engines.aws);
  const table = tableName(world.config.stack, "reports");
  store = createReportStore({ documents: counted.aws.documents, table, now: () => NOON });
});
afterAll(async () => {
  hand.close();
  counted.aws.destroy();
  await world.stop();
});

const taskOf = (processName: string, taskId: string, at = NOON) =>
  create(ProfilingTaskSchema, { taskId, processName, reportedAt: timestampFromMs(at) });
const keyOf = (processName: string): Record<string, AttributeValue> => ({
  reportKey: { S: `report:${reportFingerprint(taskOf(processName, ""))}` },
});

test("a report is the task that claims it first, however often and in which order its messages come", async () => {
  const claim = (taskId: string, at: number) => store.claim(taskOf("orders", taskId, at));
  expect(await claim("a", NOON)).toBe("a");
  expect(await claim("b", NOON + 30_000)).toBe("a");
  expect(await claim("late", NOON + 65_000)).toBe("late"); // far enough from a, and b is no task
  expect(await claim("early", NOON - 59_999)).toBe("a");
  expect(await claim("earlier", NOON - MINUTE)).toBe("earlier");
  const again: [string, number, string][] = [
    ["b", NOON + 30_000, "a"], // nearer to late by now, but a was its answer
    ["a", NOON, "a"],
    ["earlier", NOON - MINUTE, "earlier"],
    ["early", NOON - 59_999, "a"],
    ["late", NOON + 65_000, "late"],
  ];
  for (const [taskId, at, first] of again) expect(await claim(taskId, at)).toBe(first);
});

test("a claim holds though claims of later times were made since", async () => {
  const claim = (taskId: string, at: number) => store.claim(taskOf("held up", taskId, at));
  await claim("a", NOON);
  await claim("later", NOON + 65_000);
  expect(await claim("held up", NOON + 5_000)).toBe("a"); // a minute and more from later
  expect(await claim("a", NOON)).toBe("a");
});

test("of several that claim at the very same moment exactly one is the task", async () => {
  const ids = Array.from({ length: 8 }, (_, index) => `task-${index}`);
  const firsts = await Promise.all(ids.map((taskId, index) => store.claim(taskOf("at once", taskId, NOON + index))));
  expect(new Set(firsts).size).toBe(1);
  expect(ids).toContain(firsts[0]);
});

test("at the same moment as well where the report was there an hour ago", async () => {
  await store.claim(taskOf("once more", "old", NOON - 60 * MINUTE));
  const ids = Array.from({ length: 8 }, (_, index) => `task-${index}`);
  const firsts = await Promise.all(ids.map((taskId) => store.claim(taskOf("once more", taskId))));
  expect(new Set(firsts).size).toBe(1);
  expect(ids).toContain(firsts[0]);
});

test("a claim costs one write and nothing else", async () => {
  const before = [...counted.requests.values()].reduce((sum, count) => sum + count, 0);
  await store.claim(taskOf("cheap", "a"));
  expect([...counted.requests.values()].reduce((sum, count) => sum + count, 0)).toBe(before + 1);
});

test("an item stays small, however often a process says the same", async () => {
  for (let hour = 0; hour < 40; hour++) {
    expect(await store.claim(taskOf("steady", `task-${hour}`, NOON + hour * 60 * MINUTE))).toBe(`task-${hour}`);
  }
  const item = await hand.get("reports", keyOf("steady"));
  expect(item?.claims?.L?.length).toBe(20);
  expect(await store.claim(taskOf("steady", "again", NOON + 39 * 60 * MINUTE))).toBe("task-39");
});

test("another id means the first one, and is noted once", async () => {
  expect(await store.firstTaskId("second")).toBeUndefined();
  expect(await store.addAlias("second", "first")).toEqual({ isNew: true });
  expect(await store.addAlias("second", "somebody else")).toEqual({ isNew: false });
  expect(await store.firstTaskId("second")).toBe("first");
});

test.each(["", "x".repeat(3_000), `report:${"0".repeat(64)}`, reportFingerprint(taskOf("orders", ""))])(
  "an id that an agent made up means no task: %.20s",
  async (taskId) => {
    expect(await store.firstTaskId(taskId)).toBeUndefined();
  },
);

test("claims and aliases expire once neither a task's profiles nor a message of the queue can ask for them", async () => {
  await store.claim(taskOf("expiring", "a"));
  await store.addAlias("expiring", "a");
  const latest = NOON / 1_000 + MAX_DURATION_SECONDS + QUEUES.tasks.retentionSeconds;
  for (const key of [keyOf("expiring"), { reportKey: { S: "task:expiring" } }]) {
    expect(Number((await hand.get("reports", key))?.expiresAt?.N)).toBe(latest);
  }
});

test.each<[string, AttributeValue | undefined]>([
  ["no claims", undefined],
  ["claims that are a text", { S: "none" }],
  ["claims that are a number", { N: "1" }],
  ["claims that are blank", { L: [] }],
  [
    "a claim of nobody",
    { L: [{ M: {} }, { S: "a" }, { NULL: true }, { M: { taskId: { S: "b" }, reportedAt: { N: "1" } } }] },
  ],
  ["a claim of no time", { L: [{ M: { taskId: { S: "b" }, reportedAt: { S: "yesterday" } } }] }],
])("an item that a hand left with %s stands in nobody's way", async (name, claims) => {
  await hand.put("reports", { ...keyOf(name), ...(claims !== undefined && { claims }) } as Record<
    string,
    AttributeValue
  >);
  expect(await store.claim(taskOf(name, "a"))).toBe("a");
  expect(await store.claim(taskOf(name, "c", NOON + 1))).toBe("a");
});

test.each<[string, Record<string, AttributeValue>]>([
  ["nothing", {}],
  ["a number", { firstTaskId: { N: "1" } }],
  ["a blank", { firstTaskId: { S: "" } }],
])("an alias that a hand left with %s leads nowhere", async (name, attributes) => {
  await hand.put("reports", { reportKey: { S: `task:${name}` }, ...attributes });
  expect(await store.firstTaskId(name)).toBeUndefined();
});

test("whatever a hand has made of an item of claims, a report is still one task", async () => {
  const sound = { claims: [{ taskId: "first", reportedAt: new Date(NOON).toISOString() }], revision: 1 };
  const table = tableName(world.config.stack, "reports");
  let count = 0;
  await fc.assert(
    fc.asyncProperty(anythingLike(sound), async (held) => {
      const name = `edited ${count++}`;
      const Item = { ...(held as object), reportKey: keyOf(name).reportKey?.S };
      // What DynamoDB does not take cannot stand there.
      const isStored = await counted.aws.documents
        .send(new PutCommand({ TableName: table, Item }))
        .catch(() => undefined);
      if (isStored === undefined) return;
      const taskId = await store.claim(taskOf(name, "mine"));
      expect(taskId).toBeTypeOf("string");
      expect(await store.claim(taskOf(name, "another"))).toBe(taskId);
    }),
    { numRuns: 60 },
  );
});
