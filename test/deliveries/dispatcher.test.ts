import { afterAll, beforeAll, expect, test } from "vitest";
import { Unavailable } from "../../shared/errors.ts";
import { dispatcherOf, messagesOf } from "../support/dispatchers.ts";
import { startWorld, type World } from "../support/world.ts";

let world: World;
beforeAll(async () => {
  world = await startWorld();
});
afterAll(() => world.stop());

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
  const { reportStore, taskStore, profileStore } = world.services;
  const other = dispatcherOf(world.services);
  const { task, profile } = messagesOf("beside");
  const { dispatch, sent } = dispatcherOf({
    reportStore,
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
  const { reportStore, taskStore, profileStore } = world.services;
  const { task, profile } = messagesOf("at once");
  const other = dispatcherOf(world.services);
  const { dispatch, sent } = dispatcherOf({
    reportStore,
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
