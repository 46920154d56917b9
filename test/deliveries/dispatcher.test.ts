import { create, toJsonString } from "@bufbuild/protobuf";
import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createDispatcher } from "../../shared/deliveries/dispatcher.ts";
import { Unavailable } from "../../shared/errors.ts";
import { CollectedProfileSchema } from "../../shared/gen/flashpoint/v1/profile_pb.js";
import { type TaskMessage, TaskMessageSchema } from "../../shared/gen/flashpoint/v1/queue_pb.js";
import { ProfilingTaskSchema } from "../../shared/gen/flashpoint/v1/task_pb.js";
import { readDeliveryMessage } from "../../shared/messages/delivery-message.ts";
import { noMetrics } from "../../shared/metrics.ts";
import { startWorld, type World } from "../support/world.ts";

let world: World;
beforeAll(async () => {
  world = await startWorld();
});
afterAll(() => world.stop());

const PAGER = { name: "pager", enabled: true, services: ["*"], events: ["tasks", "profiles"] } as const;

/** A dispatcher on real tables, with a queue that can be told to fail. */
function dispatcherOf({ taskStore, profileStore }: Pick<World["services"], "taskStore" | "profileStore">) {
  const sent: string[] = [];
  /** How many messages it takes in all before it is away. */
  let takes = Number.POSITIVE_INFINITY;
  const sendAll = async (bodies: readonly string[]): Promise<void> => {
    for (const body of bodies) {
      if (sent.length === takes) throw new Unavailable("SQS cannot be reached");
      sent.push(readDeliveryMessage(body).eventId);
    }
  };
  const listCollectors = async () => [PAGER];
  const dispatch = createDispatcher({
    taskStore,
    profileStore,
    listCollectors,
    deliveries: { sendAll },
    metrics: noMetrics,
  });
  const takeOnly = (count: number): void => {
    takes = count;
  };
  return { dispatch, sent, takeOnly };
}

/** A task and a profile of it, as messages. */
function messagesOf(taskId: string, profileId = `profile of ${taskId}`) {
  const body = (event: TaskMessage["event"]) =>
    toJsonString(TaskMessageSchema, create(TaskMessageSchema, { version: 1, event }));
  const at = timestampFromMs(Date.now());
  const profile = create(CollectedProfileSchema, { taskId, profileId, collectedAt: at });
  return {
    task: body({ case: "taskReported", value: create(ProfilingTaskSchema, { taskId, reportedAt: at }) }),
    profile: body({ case: "profileCollected", value: profile }),
  };
}

test("a profile goes out with its task's message even if the queue was away when it first had a task", async () => {
  const { dispatch, sent, takeOnly } = dispatcherOf(world.services);
  const { task, profile } = messagesOf("overtaken");
  await dispatch(profile);
  expect(sent).toEqual([]);

  // The task's own delivery goes out, the profile's does not; its message is done with, so the task's has to do it.
  takeOnly(1);
  await expect(dispatch(task)).rejects.toThrow(Unavailable);
  expect(sent).toEqual(["overtaken"]);

  takeOnly(Number.POSITIVE_INFINITY);
  await dispatch(task);
  expect(sent).toEqual(["overtaken", "overtaken", "profile of overtaken"]);
});

test.each(["first", "last"])(
  "profiles that come in one batch with their task, %s in it, go out once each",
  async (place) => {
    const { dispatch, sent } = dispatcherOf(world.services);
    const { task } = messagesOf(`batched ${place}`);
    const profiles = Array.from(
      { length: 20 },
      (_, index) => messagesOf(`batched ${place}`, `profile ${index}`).profile,
    );
    await Promise.all((place === "first" ? [task, ...profiles] : [...profiles, task]).map(dispatch));
    const kept = await world.services.profileStore.list(`batched ${place}`);
    expect(kept.map(({ isApart }) => isApart)).toEqual(profiles.map(() => false));
    expect(sent.toSorted()).toEqual([`batched ${place}`, ...profiles.map((_, index) => `profile ${index}`)].toSorted());
  },
);

test("a profile that has its task goes out once, though its task's message is at work", async () => {
  const { taskStore, profileStore } = world.services;
  const other = dispatcherOf(world.services);
  const { task, profile } = messagesOf("beside");
  const { dispatch, sent } = dispatcherOf({
    taskStore,
    profileStore: {
      ...profileStore,
      async list(taskId) {
        await other.dispatch(profile); // between recording the task and looking for what overtook it
        return profileStore.list(taskId);
      },
    },
  });
  await dispatch(task);
  expect(other.sent).toEqual(["profile of beside"]);
  expect(sent).toEqual(["beside"]);
});

test("a profile goes out with its own message even if the queue was away the first time", async () => {
  const { dispatch, sent, takeOnly } = dispatcherOf(world.services);
  const { task, profile } = messagesOf("in order");
  await dispatch(task);
  takeOnly(1);
  await expect(dispatch(profile)).rejects.toThrow(Unavailable);
  takeOnly(Number.POSITIVE_INFINITY);
  await dispatch(profile);
  expect(sent).toEqual(["in order", "profile of in order"]);
});

test("a task that is recorded just while its profile is kept apart does not miss it", async () => {
  const { taskStore, profileStore } = world.services;
  const { task, profile } = messagesOf("at once");
  const other = dispatcherOf(world.services);
  const { dispatch, sent } = dispatcherOf({
    taskStore,
    profileStore: {
      ...profileStore,
      async recordApart(collected) {
        await other.dispatch(task); // between looking for the task and keeping the profile apart
        return profileStore.recordApart(collected);
      },
    },
  });
  await dispatch(profile);
  expect(other.sent).toEqual(["at once"]);
  expect(sent).toEqual(["profile of at once"]);
  expect(await profileStore.list("at once")).toMatchObject([
    { isApart: false, deliveries: { pager: { status: "pending" } } },
  ]);
});
