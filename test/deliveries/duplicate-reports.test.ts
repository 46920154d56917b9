import { afterAll, beforeAll, expect, test } from "vitest";
import { Unavailable } from "../../shared/errors.ts";
import { type DispatcherStores, dispatcherOf, messagesOf } from "../support/dispatchers.ts";
import { startWorld, type World } from "../support/world.ts";

let world: World;
let reportsMade = 0;

beforeAll(async () => {
  world = await startWorld();
});
afterAll(() => world.stop());

/** One report that became two messages, and a profile that was uploaded under each of their ids. */
function twice() {
  const said = `report ${reportsMade++}`;
  const one = messagesOf(`one of ${said}`, `first profile of ${said}`, said);
  const two = messagesOf(`two of ${said}`, `second profile of ${said}`, said);
  return {
    ids: [`one of ${said}`, `two of ${said}`],
    profileIds: [`first profile of ${said}`, `second profile of ${said}`],
    messages: { one: one.task, two: two.task, "profile of one": one.profile, "profile of two": two.profile },
  };
}
type Twice = ReturnType<typeof twice>;
const MESSAGES = Object.keys(twice().messages) as (keyof Twice["messages"])[];

/** Every order of these. */
function ordersOf<T>(items: readonly T[]): T[][] {
  if (items.length < 2) return [[...items]];
  return items.flatMap((item, index) => ordersOf(items.toSpliced(index, 1)).map((rest) => [item, ...rest]));
}

/** What both ids have become, once every message is worked off. @returns the id of the task. */
async function expectOneTask({ ids, profileIds }: Twice): Promise<string> {
  const { taskStore, reportStore, profileStore } = world.services;
  const records = await Promise.all(ids.map((taskId) => taskStore.get(taskId)));
  const [taskId = "", ...others] = records.flatMap((record) => record?.task.taskId ?? []);
  expect(others).toEqual([]);
  expect(ids).toContain(taskId);
  const other = ids.find((id) => id !== taskId) ?? "";
  expect(await reportStore.firstTaskId(other)).toBe(taskId);
  expect(await reportStore.firstTaskId(taskId)).toBeUndefined();
  const profiles = await profileStore.list(taskId);
  expect(profiles.map(({ profile }) => profile.profileId)).toEqual(profileIds);
  expect(profiles.map(({ profile }) => profile.objectKey)).toEqual(ids.map((id) => `file of ${id}`));
  for (const { isApart, deliveries } of profiles)
    expect({ isApart, of: Object.keys(deliveries) }).toEqual({ isApart: false, of: ["pager"] });
  return taskId;
}

test.each(ordersOf(MESSAGES))("%s, %s, %s, %s: one task with both profiles, each event out once", async (...order) => {
  const report = twice();
  const { dispatch, sent } = dispatcherOf(world.services);
  for (const name of order) await dispatch(report.messages[name]);
  const taskId = await expectOneTask(report);
  expect(sent.toSorted()).toEqual([taskId, ...report.profileIds].toSorted());

  // Delivered by now, and any of them may come again.
  const delivered = { status: "delivered", isTry: true } as const;
  await world.services.taskStore.recordAttempt(taskId, "pager", delivered);
  for (const profileId of report.profileIds) {
    await world.services.profileStore.recordAttempt({ taskId, profileId }, "pager", delivered);
  }
  for (const name of order.toReversed()) await dispatch(report.messages[name]);
  expect(await expectOneTask(report)).toBe(taskId);
  expect(sent).toHaveLength(3);
});

test("all messages at the very same moment, each to a dispatcher of its own, are one task, each event out once", async () => {
  for (let round = 0; round < 30; round++) {
    const report = twice();
    const dispatchers = MESSAGES.map((name) => ({ name, ...dispatcherOf(world.services) }));
    await Promise.all(dispatchers.map(({ name, dispatch }) => dispatch(report.messages[name])));
    const taskId = await expectOneTask(report);
    const sent = dispatchers.flatMap((dispatcher) => dispatcher.sent);
    expect(sent.toSorted()).toEqual([taskId, ...report.profileIds].toSorted());
  }
});

/** Stores that fail once, at their n-th call in all: before it does anything, or after it did. */
function failingAt(n: number, when: "before" | "after") {
  let calls = 0;
  const failing = <S extends object>(store: S): S =>
    Object.fromEntries(
      Object.entries(store).map(([name, call]) => [
        name,
        async (...args: unknown[]) => {
          const isFailing = ++calls === n;
          if (isFailing && when === "before") throw new Unavailable("the process is gone");
          const result = await call(...args);
          if (isFailing) throw new Unavailable("the process is gone");
          return result;
        },
      ]),
    ) as S;
  const { reportStore, taskStore, profileStore } = world.services;
  const stores: DispatcherStores = {
    reportStore: failing(reportStore),
    taskStore: failing(taskStore),
    profileStore: failing(profileStore),
  };
  return { stores, hasFailed: () => calls >= n };
}

const WHOLE: (keyof Twice["messages"])[][] = [
  ["one", "two", "profile of one", "profile of two"],
  ["profile of two", "profile of one", "one", "two"],
  ["two", "profile of two", "one", "profile of one"],
  ["profile of one", "two", "profile of two", "one"],
];

const DEATHS = WHOLE.flatMap((order) => (["before", "after"] as const).map((when) => ({ when, order })));

test.each(DEATHS)("whichever step the process dies $when, nothing is lost: $order", async ({ when, order }) => {
  let steps = 0;
  for (let hasFailed = true; hasFailed; steps++) {
    const report = twice();
    const { stores, hasFailed: failed } = failingAt(steps + 1, when);
    const { dispatch, sent } = dispatcherOf(stores);
    const queue = order.map((name) => report.messages[name]);
    for (let body = queue.shift(); body !== undefined; body = queue.shift()) {
      await dispatch(body).catch(() => queue.push(body ?? "")); // comes again, after all others
    }
    const taskId = await expectOneTask(report);
    expect(new Set(sent)).toEqual(new Set([taskId, ...report.profileIds]));
    hasFailed = failed();
  }
  expect(steps).toBeGreaterThan(10);
});

test.each(WHOLE)("deliveries that do not go out do so later, with %s, %s, %s, %s", async (...order) => {
  for (const takes of [0, 1, 2]) {
    const report = twice();
    const { dispatch, sent, takeOnly } = dispatcherOf(world.services);
    takeOnly(takes);
    const failed: string[] = [];
    for (const name of order) await dispatch(report.messages[name]).catch(() => failed.push(report.messages[name]));
    expect(failed).not.toEqual([]);
    takeOnly(Number.POSITIVE_INFINITY);
    for (const body of failed) await dispatch(body);
    const taskId = await expectOneTask(report);
    expect(new Set(sent)).toEqual(new Set([taskId, ...report.profileIds]));
  }
});

test("a message whose claim stands but whose record was never written gets it when it comes again", async () => {
  const { messages, ids, profileIds } = twice();
  const { taskStore } = world.services;
  const broken = dispatcherOf({
    ...world.services,
    taskStore: {
      ...taskStore,
      record: async () => {
        throw new Unavailable("DynamoDB cannot be reached");
      },
    },
  });
  await expect(broken.dispatch(messages.one)).rejects.toThrow(Unavailable);
  const { dispatch, sent } = dispatcherOf(world.services);
  await dispatch(messages.two); // is done with, since the first will come again
  await dispatch(messages["profile of two"]);
  expect([await taskStore.get(ids[0] ?? ""), await taskStore.get(ids[1] ?? "")]).toEqual([undefined, undefined]);
  await dispatch(messages.one);
  expect(sent).toEqual([ids[0], profileIds[1]]);
});

test.each([true, false])(
  "a profile does not miss that its id is noted as another just while it is kept apart, with the task recorded: %s",
  async (isRecorded) => {
    const report = twice();
    const { messages, ids, profileIds } = report;
    const { taskStore, profileStore } = world.services;
    const recordingOnly = dispatcherOf({
      ...world.services,
      taskStore: {
        ...taskStore,
        async record(task, collectors) {
          if (!isRecorded) throw new Unavailable("DynamoDB cannot be reached");
          return taskStore.record(task, collectors);
        },
      },
    });
    await recordingOnly.dispatch(messages.one).catch(() => {});
    const other = dispatcherOf(world.services);
    let isNoted = false;
    const { dispatch, sent } = dispatcherOf({
      ...world.services,
      profileStore: {
        ...profileStore,
        async recordApart(profile) {
          if (!isNoted) await other.dispatch(messages.two); // between looking for the task and keeping the profile apart
          isNoted = true;
          return profileStore.recordApart(profile);
        },
      },
    });
    await dispatch(messages["profile of two"]);
    expect(other.sent).toEqual([]);
    expect(sent).toEqual(isRecorded ? [profileIds[1]] : []);
    if (!isRecorded) await dispatch(messages.one);
    await dispatch(messages["profile of one"]);
    expect(await expectOneTask(report)).toBe(ids[0]);
    expect([...recordingOnly.sent, ...sent].toSorted()).toEqual([ids[0], ...profileIds].toSorted());
  },
);
