import { create } from "@bufbuild/protobuf";
import pLimit from "p-limit";
import type { CollectorStore } from "../collectors/collector-store.ts";
import { TaskProfileSchema } from "../gen/flashpoint/v1/profile_pb.js";
import type { DeliverableEvent } from "../messages/delivery-message.ts";
import type { ProfileStore } from "../profiles/profile-store.ts";
import type { TaskRecord } from "../tasks/task-item.ts";
import type { Deliveries } from "./delivery.ts";
import type { DeliveryQueue } from "./delivery-queue.ts";
import type { DeliveryRestarter } from "./restart-delivery.ts";

export interface RetriedDelivery {
  readonly event: "task" | "profile";
  readonly eventId: string;
  readonly collector: string;
  /** `queued`, or why it was left. */
  readonly became: "queued" | "delivered" | "paused" | "deleted";
}

/** Deliveries that are restarted at once. */
const CONCURRENT = 16;

/**
 * Sends every delivery of a task and its profiles again that is not delivered, at once, with its event's id, its
 * attempts counted anew.
 * @param collector leaves those to others.
 * @returns what became of each: the task's first, then its profiles', oldest first.
 */
export async function retryTask(
  stores: {
    profileStore: Pick<ProfileStore, "list">;
    collectorStore: Pick<CollectorStore, "get">;
    restarter: DeliveryRestarter;
    queue: Pick<DeliveryQueue, "send">;
  },
  { task, deliveries }: TaskRecord,
  collector?: string,
): Promise<RetriedDelivery[]> {
  const { profileStore, collectorStore, restarter, queue } = stores;
  const inTurn = pLimit(CONCURRENT);
  const collectors = new Map<string, ReturnType<CollectorStore["get"]>>();

  function collectorNamed(name: string): ReturnType<CollectorStore["get"]> {
    const asked = collectors.get(name) ?? collectorStore.get(name);
    collectors.set(name, asked);
    return asked;
  }

  async function retry(event: DeliverableEvent, name: string): Promise<RetriedDelivery["became"]> {
    const stored = await collectorNamed(name);
    if (stored === undefined) return "deleted";
    if (stored.health.paused !== undefined) return "paused";
    if ((await restarter.restart(event, name)) === "delivered") return "delivered";
    await queue.send(event, [name]);
    return "queued";
  }

  function retryAll(event: DeliverableEvent, eventId: string, deliveries: Deliveries): Promise<RetriedDelivery>[] {
    const asked = Object.entries(deliveries).filter(([name]) => collector === undefined || name === collector);
    return asked.map(
      async ([name, { status }]): Promise<RetriedDelivery> => ({
        event: event.case === "taskReported" ? "task" : "profile",
        eventId,
        collector: name,
        became: status === "delivered" ? status : await inTurn(() => retry(event, name)),
      }),
    );
  }

  const profiles = await profileStore.list(task.taskId);
  return Promise.all([
    ...retryAll({ case: "taskReported", value: task }, task.taskId, deliveries),
    ...profiles.flatMap(({ profile, deliveries }) => {
      const value = create(TaskProfileSchema, { task, profile });
      return retryAll({ case: "profileCollected", value }, profile.profileId, deliveries);
    }),
  ]);
}
