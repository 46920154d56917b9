import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import { afterAll, beforeAll, beforeEach, expect, it } from "vitest";
import { type AwsClients, createAwsClients } from "../../shared/aws/clients.ts";
import { createRecordedTasks } from "../../shared/diagnosis/recorded-tasks.ts";
import { tasksMeantBy } from "../../shared/diagnosis/short-task-id.ts";
import { createTaskWatch, type TaskWatch } from "../../shared/diagnosis/task-watch.ts";
import { countTasksOfDay } from "../../shared/diagnosis/tasks-of-day.ts";
import { createWatchedDeliveries } from "../../shared/diagnosis/watched-deliveries.ts";
import { tableName } from "../../shared/resources.ts";
import { createTaskStore, type TaskStore } from "../../shared/tasks/task-store.ts";
import { taskReported } from "../support/delivered-events.ts";
import { type StillWorld, startStillWorld } from "../support/still-world.ts";

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;

let world: StillWorld;
let aws: AwsClients;
let store: TaskStore;
let now: number;
let tests = 0;
let tasks = 0;

beforeAll(async () => {
  world = await startStillWorld();
  aws = createAwsClients(world.engines.aws);
  store = createTaskStore({ documents: aws.documents, table: table(), retentionDays: 30, now: () => now });
});
beforeEach(() => {
  now = Date.UTC(2026, 0, 1 + 7 * tests++, 12); // a week to itself
});
afterAll(async () => {
  aws.destroy();
  await world.stop();
});

const table = (): string => tableName(world.config.stack, "tasks");

/** Records a task that was reported then; its id tells the same time. */
async function record(
  at: number,
  fields: { serviceName?: string; collectors?: readonly string[] } = {},
): Promise<string> {
  const time = at.toString(16).padStart(12, "0");
  const taskId = `${time.slice(0, 8)}-${time.slice(8)}-7abc-8000-${String(tasks++).padStart(12, "0")}`;
  const { serviceName = "checkout", collectors = [] } = fields;
  await store.record(taskReported({ taskId, serviceName, reportedAt: timestampFromMs(at) }).task, collectors);
  return taskId;
}

function watch(more: { serviceName?: string; sinceMs?: number; maxSeen?: number } = {}): TaskWatch {
  const recorded = createRecordedTasks({ documents: aws.documents, table: table() });
  return createTaskWatch({ recorded, taskStore: store, now: () => now, ...more });
}

/** What is new, as `id` or `id collector status`. */
async function news(watching: TaskWatch): Promise<string[]> {
  const found = await Array.fromAsync(watching.news());
  return found.map((each) => {
    const { taskId } = each.record.task;
    return each.kind === "task" ? taskId : `${taskId} ${each.collector} ${each.delivery.status}`;
  });
}

it("shows what is recorded after its first look, once, oldest first", async () => {
  await record(now - 1_000);
  const watching = watch();
  expect(await news(watching)).toEqual([]);
  const [first, second] = [await record(now), await record(now + 1_000)];
  now += 2_000;
  expect(await news(watching)).toEqual([first, second]);
  now += 2_000;
  expect(await news(watching)).toEqual([]);
});

it("shows a task that was recorded long after its report, by a look further back", async () => {
  const watching = watch();
  await news(watching);
  now += 10 * MINUTE_MS;
  const newest = await record(now);
  expect(await news(watching)).toEqual([newest]);
  const late = await record(now - 8 * MINUTE_MS);
  const seen: string[] = [];
  for (let looks = 0; looks < 20; looks++) {
    now += 2_000;
    seen.push(...(await news(watching)));
  }
  expect(seen).toEqual([late]);
});

it("goes on over midnight in UTC, where a new day begins in the index", async () => {
  now = Date.UTC(2026, 5, 30, 23, 59, 58);
  const watching = watch();
  await news(watching);
  const [before, after] = [await record(now + 1_000), await record(now + 3_000)];
  now += 4_000;
  expect(await news(watching)).toEqual([before, after]);
  const late = await record(Date.UTC(2026, 5, 30, 23, 59, 59, 500));
  now += 2_000;
  expect(await news(watching)).toEqual([late]);
});

it("shows tasks of servers whose clocks are behind ours or ahead", async () => {
  const behind = now - 60 * MINUTE_MS;
  await record(behind);
  const watching = watch();
  await news(watching);
  const [late, early] = [await record(behind + 5_000), await record(now + 5 * MINUTE_MS)];
  now += 2_000;
  expect(await news(watching)).toEqual([late, early]);
});

it("begins with what was reported since, days ago too, and keeps to a service", async () => {
  await record(now - 3 * DAY_MS);
  const [old, other] = [await record(now - DAY_MS), await record(now - MINUTE_MS, { serviceName: "cart" })];
  const sinceMs = now - 2 * DAY_MS;
  expect(await news(watch({ sinceMs }))).toEqual([old, other]);
  expect(await news(watch({ sinceMs, serviceName: "cart" }))).toEqual([other]);
  expect(await news(watch({ sinceMs, serviceName: "" }))).toEqual([]);
});

it("shows nothing twice though it has forgotten it, and none that is younger is missed", async () => {
  const watching = watch({ sinceMs: now - 10 * MINUTE_MS, maxSeen: 20 });
  const ids: string[] = [];
  for (let made = 0; made < 100; made++) ids.push(await record(now - 5 * MINUTE_MS + made * 1_000));
  expect(await news(watching)).toEqual(ids);
  for (let looks = 0; looks < 20; looks++) {
    now += 2_000;
    expect(await news(watching)).toEqual([]);
  }
  const another = await record(now);
  now += 2_000;
  expect(await news(watching)).toEqual([another]);
});

it("shows how each delivery ends, hours later too, and a task's that it saw at its first look", async () => {
  const first = await record(now - MINUTE_MS, { collectors: ["hook", "pager"] });
  const watching = watch();
  expect(await news(watching)).toEqual([]);
  await store.recordAttempt(first, "hook", { status: "delivered" });
  await store.recordAttempt(first, "pager", { status: "retrying", lastError: "answered 503" });
  now += 2_000;
  expect(await news(watching)).toEqual([`${first} hook delivered`]);
  now += 3 * 60 * MINUTE_MS;
  await store.recordAttempt(first, "pager", { status: "dead", lastError: "answered 400" });
  expect(await news(watching)).toEqual([`${first} pager dead`]);
  now += 3 * 60 * MINUTE_MS;
  expect(await news(watching)).toEqual([]);
});

it("asks no more for deliveries than it may, and lets those go that it noted first", () => {
  const watched = createWatchedDeliveries({ now: () => now, maxOpen: 3 });
  const pending = { status: "pending" as const, attempts: 0, at: "" };
  const ids = ["a", "b", "c", "d"];
  for (const taskId of ids)
    watched.note({
      task: taskReported({ taskId, reportedAt: timestampFromMs(now) }).task,
      deliveries: { hook: pending },
    });
  expect(ids.map(watched.isOpen)).toEqual([false, true, true, true]);
  expect(watched.due()).toEqual([]);
  now += 2_000;
  expect(watched.due()).toEqual(["b", "c", "d"]);
});

it("counts the tasks of a day by target, up to a bound", async () => {
  const day = new Date(now).toISOString().slice(0, 10);
  for (let made = 0; made < 7; made++) await record(now + made);
  const count = (maxCounted: number) => countTasksOfDay(aws.documents, table(), day, { maxCounted, pageSize: 2 });
  expect(await count(100)).toEqual({ day, count: 7, isCutOff: false, byTarget: { ON_CPU: 7 } });
  expect(await count(5)).toEqual({ day, count: 5, isCutOff: true, byTarget: { ON_CPU: 5 } });
  expect(await countTasksOfDay(aws.documents, table(), "2020-01-01")).toMatchObject({ count: 0, isCutOff: false });
});

it("finds tasks by how their ids begin, on whichever day, or end, within three", async () => {
  const meant = async (text: string) =>
    (await tasksMeantBy(text, { documents: aws.documents, table: table(), now })).taskIds;
  const [old, young] = [await record(now - 5 * DAY_MS), await record(now - DAY_MS)];
  expect(await meant(old.slice(0, 13))).toEqual([old]);
  expect(await meant(young.slice(-9))).toEqual([young]);
  expect(await meant(`…${young.slice(-9)}`)).toEqual([young]);
  expect(await meant(old.slice(-9))).toEqual([]);
  for (const none of ["", "abc", "zzzzzzzz", "ffffffff-ffff", "%", "x".repeat(3_000)])
    expect(await meant(none)).toEqual([]);
});
