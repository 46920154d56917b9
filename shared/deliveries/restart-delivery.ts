import type { DeliverableEvent } from "../messages/delivery-message.ts";
import type { ProfileStore } from "../profiles/profile-store.ts";
import type { TaskStore } from "../tasks/task-store.ts";
import type { Delivery } from "./delivery.ts";

/** Where the delivery of an event to a collector is recorded, whatever the event. */
export interface DeliveryRestarter {
  /**
   * Makes a delivery pending again, its attempts counted anew.
   * @returns what came of it; `unrecorded` if its record has expired.
   */
  restart(event: DeliverableEvent, collector: string): Promise<"restarted" | "delivered" | "unrecorded">;
  isDelivered(event: DeliverableEvent, collector: string): Promise<boolean>;
}

export function createDeliveryRestarter(options: {
  taskStore: Pick<TaskStore, "get" | "restartDelivery">;
  profileStore: Pick<ProfileStore, "get" | "restartDelivery">;
}): DeliveryRestarter {
  const { taskStore, profileStore } = options;

  async function recorded(event: DeliverableEvent, collector: string): Promise<Delivery | undefined> {
    const record =
      event.case === "taskReported"
        ? await taskStore.get(event.value.taskId)
        : await profileStore.get(profileKey(event.value));
    return record?.deliveries[collector];
  }

  async function isDelivered(event: DeliverableEvent, collector: string): Promise<boolean> {
    return (await recorded(event, collector))?.status === "delivered";
  }

  return {
    isDelivered,
    async restart(event, collector) {
      const isRestarted =
        event.case === "taskReported"
          ? await taskStore.restartDelivery(event.value.taskId, collector)
          : await profileStore.restartDelivery(profileKey(event.value), collector);
      if (isRestarted) return "restarted";
      return (await isDelivered(event, collector)) ? "delivered" : "unrecorded";
    },
  };
}

function profileKey({ profile }: Extract<DeliverableEvent, { case: "profileCollected" }>["value"]) {
  return { taskId: profile?.taskId ?? "", profileId: profile?.profileId ?? "" };
}
