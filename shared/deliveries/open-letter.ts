import type { Queue } from "../aws/queue.ts";
import { type DeliverableEvent, readDeliveryMessage } from "../messages/delivery-message.ts";
import { readTaskMessage } from "../messages/task-message.ts";
import type { DeliveryQueue } from "./delivery-queue.ts";
import type { OpenLetter } from "./redrive.ts";
import type { DeliveryRestarter } from "./restart-delivery.ts";

/** Opens the dead deliveries of one collector. Each goes out as it was, with its event's id, its attempts counted anew. */
export function openDeliveriesOf(
  collector: string,
  { restarter, queue }: { restarter: DeliveryRestarter; queue: Pick<DeliveryQueue, "sendAgain"> },
): OpenLetter {
  return (body) => {
    const message = readDeliveryMessage(body);
    if (message.collector !== collector) return undefined;
    const event = eventIn(message.event);
    return {
      key: message.eventId,
      isDone: () => restarter.isDelivered(event, collector),
      async send() {
        // An event may outlive its record: then the letter is all that there is of it.
        if ((await restarter.restart(event, collector)) === "delivered") return false;
        await queue.sendAgain(body, collector);
        return true;
      },
    };
  };
}

/** Opens reports and profiles that could not be dispatched. A dispatcher records each once, however often it comes. */
export function openReports(queue: Pick<Queue, "send">): OpenLetter {
  return (body) => {
    const { event } = readTaskMessage(body);
    return {
      key: event.case === "profileCollected" ? event.value.profileId : (event.value?.taskId ?? ""),
      isDone: async () => false,
      async send() {
        await queue.send({ body });
        return true;
      },
    };
  };
}

/** @throws if there is not all that a delivery needs. */
function eventIn(event: ReturnType<typeof readDeliveryMessage>["event"]): DeliverableEvent {
  if (event.case === "taskReported") return event;
  const isWhole =
    event.case === "profileCollected" && event.value.task !== undefined && event.value.profile !== undefined;
  if (!isWhole) throw new Error("message holds no profile with its task");
  return event;
}
