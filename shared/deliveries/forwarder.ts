import type { SqsWork } from "../aws/sqs-batch.ts";
import type { CollectorStore } from "../collectors/collector-store.ts";
import type { DeliveredEvent } from "../collectors/delivered-event.ts";
import { type Collector, sendEvent } from "../collectors/kinds.ts";
import type { Outcome } from "../collectors/outcome.ts";
import { ComeAgain, describeFaults, errorText, NotFound, Unavailable, Undeliverable } from "../errors.ts";
import type { DeliveryMessage } from "../gen/flashpoint/v1/queue_pb.js";
import type { Logger } from "../log.ts";
import { readDeliveryMessage } from "../messages/delivery-message.ts";
import type { Metrics } from "../metrics.ts";
import type { ProfileStorage } from "../profiles/profile-storage.ts";
import type { ProfileStore } from "../profiles/profile-store.ts";
import type { TaskStore } from "../tasks/task-store.ts";
import type { Attempt } from "./delivery.ts";
import { retryDelaySeconds } from "./retry-schedule.ts";

/** A delivery that can be sent now, or how it ended before that. */
type Prepared = { kind: "ready"; collector: Collector } | Exclude<Outcome, { kind: "delivered" }>;

/** Sends each delivery to its collector and records how that went, once more or for good. */
export function createForwarder(options: {
  collectorStore: Pick<CollectorStore, "get">;
  taskStore: Pick<TaskStore, "get" | "recordAttempt">;
  profileStore: Pick<ProfileStore, "get" | "recordAttempt">;
  profileStorage: Pick<ProfileStorage, "read" | "link">;
  /** Seconds between attempts, as retry-schedule.ts takes them. */
  retrySchedule: readonly number[];
  stack: string;
  log: Logger;
  metrics: Metrics;
  /** From 0 up to 1. */
  random?: () => number;
}): SqsWork {
  const { collectorStore, taskStore, profileStore, profileStorage, retrySchedule, stack, log, metrics } = options;
  const { random = Math.random } = options;

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

  /** @throws ComeAgain or Undeliverable, unless the delivery is done with. */
  async function record(message: DeliveryMessage, event: DeliveredEvent, outcome: Outcome, attempt: number) {
    const { collector } = message;
    metrics.count("delivery_attempts_total", { collector, outcome: outcome.kind });
    if (outcome.kind === "delivered") return note(event, collector, { status: "delivered" });
    const { kind, reason } = outcome;
    if (kind === "dropped") {
      log.warn({ eventId: event.id, taskId: event.task.taskId, collector, reason }, "delivery dropped");
      return note(event, collector, { status: "dropped", lastError: reason });
    }
    const afterSeconds = kind === "retry" ? delayAfter(attempt, outcome.retryAfterSeconds) : undefined;
    if (afterSeconds !== undefined) {
      await note(event, collector, { status: "retrying", lastError: reason });
      throw new ComeAgain(`collector ${collector}: ${reason}`, afterSeconds);
    }
    const last = kind === "retry" ? `gave up after ${attempt} attempts: ${reason}` : reason;
    await note(event, collector, { status: "dead", lastError: last });
    throw new Undeliverable(`collector ${collector}: ${last}`);
  }

  function delayAfter(attempt: number, retryAfterSeconds: number | undefined): number | undefined {
    return retryDelaySeconds(retrySchedule, attempt, { retryAfterSeconds, random: random() });
  }

  function note(event: DeliveredEvent, collector: string, attempt: Attempt): Promise<void> {
    return event.case === "taskReported"
      ? taskStore.recordAttempt(event.task.taskId, collector, attempt)
      : profileStore.recordAttempt(event.profile, collector, attempt);
  }

  /** SQS may hand a message out again after it was done with. */
  async function isDelivered(event: DeliveredEvent, collector: string): Promise<boolean> {
    const record =
      event.case === "taskReported" ? await taskStore.get(event.task.taskId) : await profileStore.get(event.profile);
    return record?.deliveries[collector]?.status === "delivered";
  }

  function eventOf({ eventId: id, event }: DeliveryMessage): DeliveredEvent {
    if (event.case === "taskReported") return { case: "taskReported", id, task: event.value };
    const { task, profile } = event.value ?? {};
    if (task === undefined || profile === undefined) throw new Undeliverable("message holds no profile with its task");
    const file = {
      read: () => profileStorage.read(profile.objectKey),
      link: () => profileStorage.link(profile.objectKey),
    };
    return { case: "profileCollected", id, task, profile, file };
  }

  return async (body, attempt) => {
    const message = decoded(body);
    const event = eventOf(message);
    if (await isDelivered(event, message.collector)) return;
    const prepared = await prepare(message);
    const outcome = await send(prepared, event);
    await record(message, event, outcome, attempt);
  };
}

/** @throws Undeliverable for a body that will be no better the next time. */
function decoded(body: string): DeliveryMessage {
  try {
    return readDeliveryMessage(body);
  } catch (error) {
    throw new Undeliverable(`message cannot be read: ${errorText(error)}`);
  }
}
