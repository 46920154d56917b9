import { create, type MessageInitShape, toJsonString } from "@bufbuild/protobuf";
import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import { afterAll, beforeAll, expect, it } from "vitest";
import { CollectedProfileSchema } from "../../shared/gen/flashpoint/v1/profile_pb.js";
import { type TaskMessage, TaskMessageSchema } from "../../shared/gen/flashpoint/v1/queue_pb.js";
import { ProfilingTarget, ProfilingTaskSchema } from "../../shared/gen/flashpoint/v1/task_pb.js";
import { webhookTo } from "../support/collectors.ts";
import { type StillWorld, startStillWorld } from "../support/still-world.ts";

const URL = "http://127.0.0.1:9/";
const EVENTS = ["tasks", "profiles"] as const;

let world: StillWorld;
beforeAll(async () => {
  world = await startStillWorld();
  const { collectorStore } = world.services;
  await collectorStore.put(webhookTo(URL, { name: "cpu", events: EVENTS, targets: ["ON_CPU"] }));
  await collectorStore.put(webhookTo(URL, { name: "both", events: EVENTS, targets: ["OFF_CPU", "ON_CPU"] }));
  await collectorStore.put(webhookTo(URL, { name: "net", events: EVENTS, targets: ["NETWORK"] }));
  await collectorStore.put(webhookTo(URL, { name: "usual", events: EVENTS }));
});
afterAll(() => world.stop());

const body = (event: MessageInitShape<typeof TaskMessageSchema>["event"] & TaskMessage["event"]) =>
  toJsonString(TaskMessageSchema, create(TaskMessageSchema, { version: 1, event }));

it.each([
  ["ON_CPU", ["both", "cpu", "usual"]],
  ["OFF_CPU", ["both", "usual"]],
  ["NETWORK", ["net", "usual"]],
] as const)("tasks and profiles of %s go to those who want them: %j", async (name, takers) => {
  const target = ProfilingTarget[name];
  const at = timestampFromMs(Date.now());
  const taskId = `task ${name}`;
  const task = create(ProfilingTaskSchema, { taskId, serviceName: "checkout", target, reportedAt: at });
  const profile = create(CollectedProfileSchema, { taskId, profileId: `profile ${name}`, target, collectedAt: at });
  const messages = [body({ case: "taskReported", value: task }), body({ case: "profileCollected", value: profile })];
  for (const message of messages) expect(await world.handle("tasks", [message])).toEqual([]);
  const { taskStore, profileStore } = world.services;
  const recorded = [await taskStore.get(taskId), await profileStore.get(profile)];
  for (const record of recorded) expect(Object.keys(record?.deliveries ?? {}).sort()).toEqual(takers);
});

it("a profile goes by its own target, whatever its task was", async () => {
  const at = timestampFromMs(Date.now());
  const taskId = "task with two";
  const task = create(ProfilingTaskSchema, {
    taskId,
    serviceName: "payments",
    target: ProfilingTarget.NETWORK,
    reportedAt: at,
  });
  const target = ProfilingTarget.ON_CPU;
  const profile = create(CollectedProfileSchema, { taskId, profileId: "of one", target, collectedAt: at });
  for (const message of [
    body({ case: "taskReported", value: task }),
    body({ case: "profileCollected", value: profile }),
  ]) {
    expect(await world.handle("tasks", [message])).toEqual([]);
  }
  const record = await world.services.profileStore.get(profile);
  expect(Object.keys(record?.deliveries ?? {}).sort()).toEqual(["both", "cpu", "usual"]);
});
