import { create } from "@bufbuild/protobuf";
import type { Queue } from "../aws/queue.ts";
import { type Recipient, wants } from "../collectors/recipient.ts";
import { errorText, Undeliverable } from "../errors.ts";
import type { CollectedProfile } from "../gen/flashpoint/v1/profile_pb.js";
import { TaskProfileSchema } from "../gen/flashpoint/v1/profile_pb.js";
import type { TaskMessage } from "../gen/flashpoint/v1/queue_pb.js";
import type { ProfilingTask } from "../gen/flashpoint/v1/task_pb.js";
import { type DeliverableEvent, writeDeliveryMessage } from "../messages/delivery-message.ts";
import { readTaskMessage } from "../messages/task-message.ts";
import type { Metrics } from "../metrics.ts";
import type { ProfileStore } from "../profiles/profile-store.ts";
import type { TaskStore } from "../tasks/task-store.ts";
import { type Deliveries, pendingCollectors } from "./delivery.ts";

/** Works off one message of the tasks queue. Throws if anything is left to do; the message is handed out again then. */
export type Dispatch = (body: string) => Promise<void>;

/**
 * Records each event once and sends one delivery for each collector that wants it. If a message comes again, the
 * collectors that were recorded first count, and those whose delivery has not been tried yet get theirs (again).
 */
export function createDispatcher(options: {
  taskStore: Pick<TaskStore, "record" | "get">;
  profileStore: Pick<ProfileStore, "record" | "recordApart" | "list">;
  listCollectors: () => Promise<readonly Recipient[]>;
  deliveries: Pick<Queue, "sendAll">;
  metrics: Metrics;
}): Dispatch {
  const { taskStore, profileStore, listCollectors, deliveries, metrics } = options;

  async function recipients(event: "tasks" | "profiles", serviceName: string): Promise<string[]> {
    const wanted = (await listCollectors()).filter((recipient) => wants(recipient, event, serviceName));
    return wanted.map(({ name }) => name);
  }

  async function deliver(event: DeliverableEvent, recorded: Deliveries): Promise<void> {
    await deliveries.sendAll(pendingCollectors(recorded).map((collector) => writeDeliveryMessage(event, collector)));
  }

  async function dispatchTask(task: ProfilingTask): Promise<void> {
    const { record, isNew } = await taskStore.record(task, await recipients("tasks", task.serviceName));
    if (isNew) metrics.count("tasks_recorded_total");
    await deliver({ case: "taskReported", value: task }, record.deliveries);
    await adoptProfiles(task, isNew);
  }

  /**
   * Profiles that overtook their task's report were kept apart; now they have a task. Should their deliveries fail to go
   * out, this message comes again, and nobody else's would: so when it does, pending ones get theirs too.
   */
  async function adoptProfiles(task: ProfilingTask, isFirstTime: boolean): Promise<void> {
    for (const { profile, deliveries: recorded, isApart } of await profileStore.list(task.taskId)) {
      const isLeftOver = !isFirstTime && pendingCollectors(recorded).length > 0;
      if (isLeftOver || isApart) await dispatchProfileOf(task, profile, { onlyIfNew: isApart });
    }
  }

  async function dispatchProfile(profile: CollectedProfile): Promise<void> {
    const known = await taskStore.get(profile.taskId);
    if (known !== undefined) return dispatchProfileOf(known.task, profile);
    const { isNew } = await profileStore.recordApart(profile);
    // A task that was recorded since we looked may have looked for profiles before ours was there.
    const since = await taskStore.get(profile.taskId);
    if (since !== undefined) return dispatchProfileOf(since.task, profile, { onlyIfNew: true });
    if (isNew) metrics.count("profiles_apart_total");
  }

  /**
   * @param onlyIfNew leaves the deliveries to whoever recorded the profile first, its own message or its task's: should
   * they not go out, that one comes again.
   */
  async function dispatchProfileOf(
    task: ProfilingTask,
    profile: CollectedProfile,
    { onlyIfNew = false } = {},
  ): Promise<void> {
    const { record, isNew } = await profileStore.record(profile, await recipients("profiles", task.serviceName));
    if (isNew) metrics.count("profiles_recorded_total");
    else if (onlyIfNew) return;
    await deliver({ case: "profileCollected", value: create(TaskProfileSchema, { task, profile }) }, record.deliveries);
  }

  return async (body) => {
    const { event } = decoded(body);
    switch (event.case) {
      case "taskReported":
        return dispatchTask(event.value);
      case "profileCollected":
        return dispatchProfile(event.value);
    }
  };
}

/** @throws Undeliverable for a body that will be no better the next time. */
function decoded(body: string): TaskMessage {
  try {
    return readTaskMessage(body);
  } catch (error) {
    throw new Undeliverable(`message cannot be read: ${errorText(error)}`);
  }
}
