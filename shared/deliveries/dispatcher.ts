import { create } from "@bufbuild/protobuf";
import { isInScope, type Scope } from "../access/scope.ts";
import { type Recipient, wants } from "../collectors/recipient.ts";
import { targetOf } from "../collectors/target-names.ts";
import { errorText, Undeliverable } from "../errors.ts";
import type { CollectedProfile } from "../gen/flashpoint/v1/profile_pb.js";
import { TaskProfileSchema } from "../gen/flashpoint/v1/profile_pb.js";
import type { TaskMessage } from "../gen/flashpoint/v1/queue_pb.js";
import type { ProfilingTarget, ProfilingTask } from "../gen/flashpoint/v1/task_pb.js";
import type { DeliverableEvent } from "../messages/delivery-message.ts";
import { readTaskMessage } from "../messages/task-message.ts";
import type { Metrics } from "../metrics.ts";
import type { ProfileStore } from "../profiles/profile-store.ts";
import type { ReportStore } from "../tasks/report-store.ts";
import type { TaskStore } from "../tasks/task-store.ts";
import { type Deliveries, pendingCollectors } from "./delivery.ts";
import type { DeliveryQueue } from "./delivery-queue.ts";

/** Works off one message of the tasks queue. Throws if anything is left to do; the message is handed out again then. */
export type Dispatch = (body: string) => Promise<void>;

/**
 * Records each event once and sends one delivery for each collector that wants it. If a message comes again, the
 * collectors that were recorded first count, and those whose delivery has not been tried yet get theirs (again). Of the
 * messages that one report became, one is the task; the others lead their profiles there.
 */
export function createDispatcher(options: {
  reportStore: ReportStore;
  taskStore: Pick<TaskStore, "record" | "get">;
  profileStore: Pick<ProfileStore, "record" | "recordApart" | "list">;
  listCollectors: () => Promise<readonly Recipient[]>;
  deliveryQueue: Pick<DeliveryQueue, "send">;
  metrics: Metrics;
}): Dispatch {
  const { reportStore, taskStore, profileStore, listCollectors, deliveryQueue, metrics } = options;

  async function recipients(
    event: "tasks" | "profiles",
    of: { serviceName: string; target: ProfilingTarget },
  ): Promise<string[]> {
    const subject = { serviceName: of.serviceName, target: targetOf(of.target) };
    const wanted = (await listCollectors()).filter((recipient) => wants(recipient, event, subject));
    return wanted.map(({ name }) => name);
  }

  async function deliver(event: DeliverableEvent, recorded: Deliveries): Promise<void> {
    await deliveryQueue.send(event, pendingCollectors(recorded));
  }

  async function dispatchTask(task: ProfilingTask): Promise<void> {
    // A claim without its record is harmless: whoever holds it comes again until the record is there.
    const firstTaskId = await reportStore.claim(task);
    if (firstTaskId !== task.taskId) return dispatchDuplicate(task, firstTaskId);
    const { record, isNew } = await taskStore.record(task, await recipients("tasks", task));
    if (isNew) metrics.count("tasks_recorded_total");
    await deliver({ case: "taskReported", value: task }, record.deliveries);
    await adoptProfiles(task, isNew);
  }

  /**
   * The report is another task already. What its agent uploads belongs to that one, also what overtook this message: it
   * was kept apart under this id, where it stays until it expires. As with a task's profiles, should their deliveries
   * not go out, this message comes again and looks after them.
   */
  async function dispatchDuplicate({ taskId }: ProfilingTask, firstTaskId: string): Promise<void> {
    const { isNew } = await reportStore.addAlias(taskId, firstTaskId);
    if (isNew) metrics.count("duplicate_reports_total");
    for (const { profile, isApart, senderScope } of await profileStore.list(taskId)) {
      if (isApart) await dispatchProfile(profile, senderScope, { onlyIfNew: isNew });
    }
  }

  /**
   * Profiles that overtook their task's report were kept apart; now they have a task. Should their deliveries fail to go
   * out, this message comes again, and nobody else's would: so when it does, pending ones get theirs too.
   */
  async function adoptProfiles(task: ProfilingTask, isFirstTime: boolean): Promise<void> {
    for (const record of await profileStore.list(task.taskId)) {
      const { profile, isApart, senderScope } = record;
      const isLeftOver = !isFirstTime && pendingCollectors(record.deliveries).length > 0;
      if (isLeftOver || isApart) await dispatchProfileOf(task, profile, senderScope, { onlyIfNew: isApart });
    }
  }

  async function dispatchProfile(
    collected: CollectedProfile,
    senderScope: Scope,
    { onlyIfNew = false } = {},
  ): Promise<void> {
    let keptUnder: string | undefined;
    let isNewApart = false;
    // A task or an alias that was recorded since we looked may have looked for profiles before ours was there. So one
    // that was kept apart is looked up again, until nothing is known of it but where it lies.
    for (;;) {
      const { profile, task } = await underFirstId(collected);
      if (task !== undefined) {
        return dispatchProfileOf(task, profile, senderScope, { onlyIfNew: onlyIfNew || keptUnder !== undefined });
      }
      if (profile.taskId === keptUnder) break;
      ({ isNew: isNewApart } = await profileStore.recordApart(profile, senderScope));
      keptUnder = profile.taskId;
    }
    if (isNewApart) metrics.count("profiles_apart_total");
  }

  /** The profile with the id that its task is recorded under, and the task if it is there. The file stays where it is. */
  async function underFirstId(
    profile: CollectedProfile,
  ): Promise<{ profile: CollectedProfile; task: ProfilingTask | undefined }> {
    const known = await taskStore.get(profile.taskId);
    if (known !== undefined) return { profile, task: known.task };
    const firstTaskId = await reportStore.firstTaskId(profile.taskId);
    if (firstTaskId === undefined) return { profile, task: undefined };
    return { profile: { ...profile, taskId: firstTaskId }, task: (await taskStore.get(firstTaskId))?.task };
  }

  /**
   * Drops a profile whose sender may not speak for the service that its task is of; its file expires by itself.
   * @param onlyIfNew leaves the deliveries to whoever recorded the profile first, its own message or its task's: should
   * they not go out, that one comes again.
   */
  async function dispatchProfileOf(
    task: ProfilingTask,
    profile: CollectedProfile,
    senderScope: Scope,
    { onlyIfNew = false } = {},
  ): Promise<void> {
    if (!isInScope(senderScope, task.serviceName)) return metrics.count("profiles_out_of_scope_total");
    const of = { serviceName: task.serviceName, target: profile.target };
    const { record, isNew } = await profileStore.record(profile, await recipients("profiles", of));
    if (isNew) metrics.count("profiles_recorded_total");
    else if (onlyIfNew) return;
    await deliver({ case: "profileCollected", value: create(TaskProfileSchema, { task, profile }) }, record.deliveries);
  }

  return async (body) => {
    const { event, senderScope } = decoded(body);
    switch (event.case) {
      case "taskReported":
        return dispatchTask(event.value);
      case "profileCollected":
        return dispatchProfile(event.value, senderScope.length === 0 ? undefined : senderScope);
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
