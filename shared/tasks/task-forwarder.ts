import type { Collector } from "../collectors/collector.ts";
import type { CollectorStore } from "../collectors/collector-store.ts";
import { type CloudEvent, taskReportedEvent } from "../collectors/event.ts";
import { SENDERS } from "../collectors/kinds.ts";
import type { Outcome } from "../collectors/outcome.ts";
import { describeFaults, NotDelivered } from "../errors.ts";
import type { DeliveryMessage } from "../gen/flashpoint/v1/queue_pb.js";
import type { Logger } from "../log.ts";
import type { Metrics } from "../metrics.ts";
import { readDeliveryMessage } from "./task-queue.ts";
import type { TaskStore } from "./task-store.ts";

/** Works off one message of the deliveries queue. Throws if the delivery is to be tried again. */
export type ForwardDelivery = (body: string) => Promise<void>;

/** Nobody is there any more to send to. */
interface Dropped {
  kind: "dropped";
  reason: string;
}
/** A delivery that can be sent now, that has to wait, or that never can be sent. */
type Prepared =
  | { kind: "ready"; collector: Collector; event: CloudEvent }
  | Extract<Outcome, { kind: "retry" }>
  | Dropped;

export function createTaskForwarder(options: {
  collectorStore: Pick<CollectorStore, "get">;
  taskStore: Pick<TaskStore, "recordAttempt">;
  stack: string;
  log: Logger;
  metrics: Metrics;
}): ForwardDelivery {
  const { collectorStore, taskStore, stack, log, metrics } = options;

  async function prepare(message: DeliveryMessage): Promise<Prepared> {
    if (message.event.case !== "taskReported") throw new Error(`event ${message.event.case} is not known`);
    const stored = await collectorStore.get(message.collector);
    if (stored === undefined) return { kind: "dropped", reason: "the collector was deleted" };
    if (!stored.ok) return { kind: "retry", reason: `the collector is invalid: ${describeFaults(stored.faults)}` };
    const event = taskReportedEvent(message.event.value, { id: message.eventId, stack });
    return { kind: "ready", collector: stored.collector, event };
  }

  async function send(prepared: Prepared): Promise<Outcome | Dropped> {
    return prepared.kind === "ready" ? SENDERS[prepared.collector.kind](prepared.collector, prepared.event) : prepared;
  }

  async function record(message: DeliveryMessage, outcome: Outcome | Dropped): Promise<void> {
    const { collector, eventId } = message;
    metrics.count("delivery_attempts_total", { collector, outcome: outcome.kind });
    const taskId = message.event.case === "taskReported" ? message.event.value.taskId : eventId;
    switch (outcome.kind) {
      case "delivered":
        return taskStore.recordAttempt(taskId, collector, { status: "delivered" });
      case "dropped":
        log.warn({ taskId, collector, reason: outcome.reason }, "delivery dropped");
        return taskStore.recordAttempt(taskId, collector, { status: "dropped", lastError: outcome.reason });
      case "retry":
        await taskStore.recordAttempt(taskId, collector, { status: "retrying", lastError: outcome.reason });
        throw new NotDelivered(`collector ${collector}: ${outcome.reason}`);
    }
  }

  return async (body) => {
    const message = readDeliveryMessage(body);
    const prepared = await prepare(message);
    const outcome = await send(prepared);
    await record(message, outcome);
  };
}
