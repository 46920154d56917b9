import type { AttributeValue } from "@aws-sdk/client-dynamodb";
import { create } from "@bufbuild/protobuf";
import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import { afterAll, beforeAll, beforeEach, describe, expect, it, test } from "vitest";
import { type ProfilingTask, ProfilingTaskSchema } from "../../shared/gen/flashpoint/v1/task_pb.js";
import type { TaskRecord } from "../../shared/tasks/task-item.ts";
import type { TaskStore } from "../../shared/tasks/task-store.ts";
import { type HandEdits, openHandEdits } from "../support/hand-edits.ts";
import { startWorld, type World } from "../support/world.ts";

const NOON = Date.UTC(2026, 0, 31, 12, 0, 0);
const DAY_MS = 86_400_000;

let world: World;
let store: TaskStore;
let hand: HandEdits;
let now = NOON;
let tasksMade = 0;

beforeAll(async () => {
  world = await startWorld({ FLASHPOINT_TASK_RETENTION_DAYS: "30" }, { now: () => now });
  store = world.services.taskStore;
  hand = openHandEdits(world);
});
beforeEach(() => {
  now = NOON;
});
afterAll(async () => {
  hand.close();
  await world.stop();
});

/** A task as a report makes it: the id starts with the time, as in every UUIDv7. */
function taskAt(
  reportedAt: number,
  fields: {
    serviceName?: string;
    samplingUriRegexes?: string[];
    durationSeconds?: number;
    causes?: { threshold?: number; current?: number }[];
  } = {},
): ProfilingTask {
  const time = reportedAt.toString(16).padStart(12, "0");
  const taskId = `${time.slice(0, 8)}-${time.slice(8)}-7000-8000-${String(tasksMade++).padStart(12, "0")}`;
  const serviceName = "checkout";
  return create(ProfilingTaskSchema, {
    taskId,
    serviceName,
    processName: "java",
    reportedAt: timestampFromMs(reportedAt),
    ...fields,
  });
}

async function recorded(taskId: string): Promise<TaskRecord> {
  const record = await store.get(taskId);
  if (record === undefined) throw new Error(`task ${taskId} is not recorded`);
  return record;
}

const PENDING = { status: "pending", attempts: 0, at: "2026-01-31T12:00:00.000Z" };

describe("a task", () => {
  it("is recorded with a pending delivery for each collector", async () => {
    const task = taskAt(NOON, { samplingUriRegexes: ["^/a"], durationSeconds: 600 });
    const deliveries = { pager: PENDING, "dots.and-dashes": PENDING };
    expect(await store.record(task, ["pager", "dots.and-dashes"])).toEqual({
      record: { task, deliveries },
      isNew: true,
    });
    expect(await store.get(task.taskId)).toEqual({ task, deliveries });
  });

  it("is recorded once: the second time, the first record is returned and stays", async () => {
    const task = taskAt(NOON);
    await store.record(task, ["pager"]);
    await store.recordAttempt(task.taskId, "pager", { status: "delivered" });
    const first = await recorded(task.taskId);
    const again = await store.record({ ...task, processName: "python" }, ["somebody-else"]);
    expect(again).toEqual({ record: first, isNew: false });
    expect(await recorded(task.taskId)).toEqual(first);
  });

  it("is recorded by exactly one of several at the same time", async () => {
    const task = taskAt(NOON);
    const outcomes = await Promise.all(["a", "b", "c", "d"].map((collector) => store.record(task, [collector])));
    expect(outcomes.filter(({ isNew }) => isNew)).toHaveLength(1);
    const { deliveries } = await recorded(task.taskId);
    expect(outcomes.map(({ record }) => record.deliveries)).toEqual(Array(4).fill(deliveries));
  });

  it.each([1e300, 2 ** 53 + 2, 1e-200, 0.1, Number.NaN, Number.NEGATIVE_INFINITY, Number.MAX_VALUE, 5e-324, 0])(
    "whose causes hold %d is recorded and read back exactly, though DynamoDB's numbers are smaller",
    async (value) => {
      const task = taskAt(NOON, { causes: [{ threshold: 80, current: value }, { threshold: value }] });
      await store.record(task, []);
      const { causes } = (await recorded(task.taskId)).task;
      expect(causes.map(({ threshold, current }) => [threshold, current])).toEqual([
        [80, value],
        [value, 0],
      ]);
    },
  );

  it("expires 30 days after its report, in whole seconds as DynamoDB's TTL takes them", async () => {
    const reportedAt = Date.UTC(2026, 0, 1, 0, 0, 0, 1);
    const task = taskAt(reportedAt);
    await store.record(task, []);
    const item = await hand.get("tasks", { taskId: { S: task.taskId } });
    expect(item?.expiresAt).toEqual({ N: "1769817601" }); // date -u -d '2026-01-31 00:00:01' +%s
  });

  it("that was never recorded is not there", async () => {
    expect(await store.get("01900000-0000-7000-8000-000000000000")).toBeUndefined();
  });
});

describe("an attempt", () => {
  it("counts, and notes why it failed until one succeeds", async () => {
    const { taskId } = await pendingTask(["pager", "other"]);
    now = NOON + 1_000;
    await store.recordAttempt(taskId, "pager", { status: "retrying", lastError: "answered 503" });
    await store.recordAttempt(taskId, "pager", { status: "retrying", lastError: "answered 502" });
    const at = "2026-01-31T12:00:01.000Z";
    expect((await recorded(taskId)).deliveries).toEqual({
      pager: { status: "retrying", attempts: 2, lastError: "answered 502", at },
      other: PENDING,
    });
    now = NOON + 2_000;
    await store.recordAttempt(taskId, "pager", { status: "delivered" });
    expect((await recorded(taskId)).deliveries.pager).toEqual({
      status: "delivered",
      attempts: 3,
      at: "2026-01-31T12:00:02.000Z",
    });
  });

  it.each(["retrying", "dropped", "delivered"] as const)(
    "that ends %s leaves what is delivered as it is",
    async (status) => {
      const { taskId } = await pendingTask(["pager"]);
      await store.recordAttempt(taskId, "pager", { status: "delivered" });
      const before = await recorded(taskId);
      now = NOON + 1_000;
      await store.recordAttempt(taskId, "pager", { status, lastError: "late" });
      expect(await recorded(taskId)).toEqual(before);
    },
  );

  it("at a task that is gone, or for a collector that it never had, is passed over", async () => {
    const { taskId } = await pendingTask(["dots.and-dashes"]);
    await store.recordAttempt(taskId, "stranger", { status: "delivered" });
    await store.recordAttempt(taskId, "dots", { status: "delivered" });
    expect((await recorded(taskId)).deliveries).toEqual({ "dots.and-dashes": PENDING });
    const gone = "01900000-0000-7000-8000-000000000000";
    await store.recordAttempt(gone, "pager", { status: "retrying", lastError: "answered 503" });
    expect(await store.get(gone)).toBeUndefined();
  });

  it("of each of several collectors is noted, whoever is first", async () => {
    const collectors = ["a", "b", "dots.and-dashes", "status"];
    const { taskId } = await pendingTask(collectors);
    await Promise.all(collectors.map((collector) => store.recordAttempt(taskId, collector, { status: "delivered" })));
    const { deliveries } = await recorded(taskId);
    for (const collector of collectors)
      expect(deliveries[collector]).toMatchObject({ status: "delivered", attempts: 1 });
  });

  it.each<[string, AttributeValue]>([
    ["deliveries that are a text", { S: "none" }],
    ["deliveries that are a list", { L: [] }],
    ["a delivery that is a text", { M: { pager: { S: "pending" } } }],
    ["a delivery without attempts", { M: { pager: { M: { status: { S: "pending" } } } } }],
    ["attempts that are a text", { M: { pager: { M: { status: { S: "pending" }, attempts: { S: "many" } } } } }],
    ["attempts that are a map", { M: { pager: { M: { status: { S: "pending" }, attempts: { M: {} } } } } }],
    ["a status that is a number", { M: { pager: { M: { status: { N: "7" }, attempts: { N: "0" } } } } }],
  ])("at a record that a hand left with %s is passed over", async (_what, deliveries) => {
    const { taskId } = await pendingTask(["pager"]);
    const item = await hand.get("tasks", { taskId: { S: taskId } });
    await hand.put("tasks", { ...item, deliveries });
    await store.recordAttempt(taskId, "pager", { status: "retrying", lastError: "answered 503" });
    await store.recordAttempt(taskId, "pager", { status: "delivered" });
    expect((await recorded(taskId)).task.taskId).toBe(taskId);
  });

  async function pendingTask(collectors: string[]): Promise<ProfilingTask> {
    const task = taskAt(NOON);
    await store.record(task, collectors);
    return task;
  }
});

describe("an item that a hand typed into the table", () => {
  it.each<[string, Record<string, AttributeValue>]>([
    ["no task", {}],
    ["a text for a task", { task: { S: "junk" } }],
    ["a list for a task", { task: { L: [{ S: "junk" }] } }],
    ["bytes for a task", { task: { B: new Uint8Array([0, 255]) } }],
    ["a set for a task", { task: { SS: ["junk"] } }],
    ["a blank task", { task: { M: {} } }],
    ["a task whose causes are none", { task: { M: { causes: { S: "hot" } } } }],
    ["a task with a number that no integer holds", { task: { M: { durationSeconds: { N: "1e40" } } } }],
    ["a task that was reported at no time", { task: { M: { reportedAt: { S: "yesterday" } } } }],
  ])("with %s is no task, and hides no other from the list", async (name, attributes) => {
    const serviceName = `beside ${name}`;
    now = NOON + 200 * DAY_MS;
    const older = taskAt(now - 1_000, { serviceName });
    await store.record(older, []);
    const taskId = "ffffffff-0000-7000-8000-000000000000"; // newer than all
    const day = new Date(now).toISOString().slice(0, 10);
    await hand.put("tasks", { taskId: { S: taskId }, serviceName: { S: serviceName }, day: { S: day }, ...attributes });
    expect(await store.get(taskId)).toBeUndefined();
    expect((await store.list({ serviceName, limit: 1 })).map(({ task }) => task.taskId)).toEqual([older.taskId]);
    expect((await store.list({ limit: 1 })).map(({ task }) => task.taskId)).toEqual([older.taskId]);
  });
});

describe("the list", () => {
  const SPRING = Date.UTC(2026, 3, 15, 12, 0, 0);
  const ids = async (query: { serviceName?: string; limit: number }) =>
    (await store.list(query)).map(({ task }) => task.taskId);
  /** Records tasks of that many days before SPRING, and returns their ids. */
  async function record(daysAgo: number[], serviceName: string): Promise<string[]> {
    const tasks = daysAgo.map((days) => taskAt(SPRING - days * DAY_MS, { serviceName }));
    for (const task of tasks) await store.record(task, []);
    return tasks.map(({ taskId }) => taskId);
  }

  test("shows the newest first, over days, as far back as records are kept", async () => {
    const [middle, newest, beforeMidnight, oldest] = await record([3, 0, 0.6, 30], "spring");
    await record([31], "too old");
    now = SPRING;
    expect(await ids({ limit: 100 })).toEqual([newest, beforeMidnight, middle, oldest]);
    expect(await ids({ limit: 3 })).toEqual([newest, beforeMidnight, middle]);
    expect(await ids({ limit: 1 })).toEqual([newest]);
  });

  test("shows one service's tasks, newest first and without bound of days", async () => {
    const [older, newer, oldest] = await record([40, 20, 60], "lone service");
    now = SPRING;
    expect(await ids({ serviceName: "lone service", limit: 100 })).toEqual([newer, older, oldest]);
    expect(await ids({ serviceName: "lone service", limit: 2 })).toEqual([newer, older]);
    expect(await ids({ serviceName: "nobody", limit: 2 })).toEqual([]);
  });

  test("leaves none out because tasks are large: DynamoDB answers with 1 MB at most", async () => {
    now = NOON + 100 * DAY_MS;
    const large = Array.from({ length: 8 }, (_, index) =>
      taskAt(now + index, { serviceName: "large", samplingUriRegexes: ["x".repeat(190_000)] }),
    );
    for (const task of large) await store.record(task, []);
    const newestFirst = large.map(({ taskId }) => taskId).reverse();
    expect(await ids({ serviceName: "large", limit: 8 })).toEqual(newestFirst);
    expect(await ids({ limit: 7 })).toEqual(newestFirst.slice(0, 7));
  });
});
