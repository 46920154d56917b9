import type { CollectorStore } from "../collectors/collector-store.ts";
import type { DeliveredEvent } from "../collectors/delivered-event.ts";
import { type Collector, sendEvent } from "../collectors/kinds.ts";
import type { Outcome } from "../collectors/outcome.ts";
import { describeFaults, NotDelivered, NotFound, Unavailable } from "../errors.ts";
import type { DeliveryMessage } from "../gen/flashpoint/v1/queue_pb.js";
import type { Logger } from "../log.ts";
import { readDeliveryMessage } from "../messages/delivery-message.ts";
import type { Metrics } from "../metrics.ts";
import type { ProfileStorage } from "../profiles/profile-storage.ts";
import type { ProfileStore } from "../profiles/profile-store.ts";
import type { TaskStore } from "../tasks/task-store.ts";
import type { Attempt } from "./delivery.ts";

/** Works off one message of the deliveries queue. Throws if the delivery is to be tried again. */
export type Forward = (body: string) => Promise<void>;

/** A delivery that can be sent now, or how it ended before that. */
type Prepared = { kind: "ready"; collector: Collector } | Exclude<Outcome, { kind: "delivered" }>;

export function createForwarder(options: {
  collectorStore: Pick<CollectorStore, "get">;
  taskStore: Pick<TaskStore, "recordAttempt">;
  profileStore: Pick<ProfileStore, "recordAttempt">;
  profileStorage: Pick<ProfileStorage, "read" | "link">;
  stack: string;
  log: Logger;
  metrics: Metrics;
}): Forward {
  const { collectorStore, taskStore, profileStore, profileStorage, stack, log, metrics } = options;

  async function prepare({ collector: name }: DeliveryMessage): Promise<Prepared> {
    const stored = await collectorStore.get(name);
    if (stored === undefined) return { kind: "dropped", reason: "the collector was deleted" };
    if (!stored.ok) return { kind: "retry", reason: `the collector is invalid: ${describeFaults(stored.faults)}` };
    return { kind: "ready", collector: stored.collector };
  }

  async function send(prepared: Prepared, event: DeliveredEvent): Promise<Outcome> {
    if (prepared.kind !== "ready") return prepared;
    try {
      return await sendEvent(prepared.collector, event, { stack });
    } catch (error) {
      // Its file is gone: the delivery waited longer than profiles are kept.
      if (error instanceof NotFound) return { kind: "dropped", reason: error.message };
      if (error instanceof Unavailable) return { kind: "retry", reason: error.message };
      throw error;
    }
  }

  async function record({ collector }: DeliveryMessage, event: DeliveredEvent, outcome: Outcome): Promise<void> {
    metrics.count("delivery_attempts_total", { collector, outcome: outcome.kind });
    switch (outcome.kind) {
      case "delivered":
        return note(event, collector, { status: "delivered" });
      case "dropped":
        log.warn(
          { eventId: event.id, taskId: event.task.taskId, collector, reason: outcome.reason },
          "delivery dropped",
        );
        return note(event, collector, { status: "dropped", lastError: outcome.reason });
      case "retry":
        await note(event, collector, { status: "retrying", lastError: outcome.reason });
        throw new NotDelivered(`collector ${collector}: ${outcome.reason}`);
    }
  }

  function note(event: DeliveredEvent, collector: string, attempt: Attempt): Promise<void> {
    return event.case === "taskReported"
      ? taskStore.recordAttempt(event.task.taskId, collector, attempt)
      : profileStore.recordAttempt(event.profile, collector, attempt);
  }

  function eventOf({ eventId: id, event }: DeliveryMessage): DeliveredEvent {
    if (event.case === "taskReported") return { case: "taskReported", id, task: event.value };
    const { task, profile } = event.value ?? {};
    if (task === undefined || profile === undefined) throw new Error("message holds no profile with its task");
    const file = {
      read: () => profileStorage.read(profile.objectKey),
      link: () => profileStorage.link(profile.objectKey),
    };
    return { case: "profileCollected", id, task, profile, file };
  }

  return async (body) => {
    const message = readDeliveryMessage(body);
    const event = eventOf(message);
    const prepared = await prepare(message);
    const outcome = await send(prepared, event);
    await record(message, event, outcome);
  };
}
