import type { SqsWork } from "../aws/sqs-batch.ts";
import type { CollectorLookup } from "../collectors/collector-lookup.ts";
import type { StoredCollector } from "../collectors/collector-store.ts";
import type { DeliveredEvent } from "../collectors/delivered-event.ts";
import type { SendContext } from "../collectors/kind.ts";
import { type Collector, sendEvent } from "../collectors/kinds.ts";
import type { Outcome } from "../collectors/outcome.ts";
import { ComeAgain, describeFaults, errorText, NotFound, Unavailable, Undeliverable } from "../errors.ts";
import type { DeliveryMessage } from "../gen/flashpoint/v1/queue_pb.js";
import type { Logger } from "../log.ts";
import { readDeliveryMessage } from "../messages/delivery-message.ts";
import type { Metrics } from "../metrics.ts";
import type { ProfileReader } from "../profiles/profile-reader.ts";
import type { ProfileStore } from "../profiles/profile-store.ts";
import type { TaskStore } from "../tasks/task-store.ts";
import type { WatchCollector } from "./collector-watch.ts";
import type { Attempt, Delivery } from "./delivery.ts";
import { eventTime } from "./event-time.ts";
import { type Lanes, turnDelaySeconds } from "./lanes.ts";
import type { PendingDeliveries } from "./pending-deliveries.ts";
import { retryDelaySeconds, secondsUntil } from "./retry-schedule.ts";

/** How a delivery ended for now, or that its collector is paused. */
type Ended = Outcome | { kind: "paused"; reason: string };
/** A delivery that can be sent now, or how it ended before that. */
type Prepared =
  | { kind: "ready"; collector: Collector; stored: StoredCollector }
  | Exclude<Ended, { kind: "delivered" }>;

/** How often it was tried, this time included, and how often its message was received. */
interface AttemptCount {
  readonly attempt: number;
  readonly receives: number;
}

/** Sends each delivery to its collector and records how that went, once more or for good. */
export function createForwarder(options: {
  collectorLookup: Pick<CollectorLookup, "find">;
  resolveSecrets: (collector: Collector) => Promise<Collector>;
  watchCollector: WatchCollector;
  lanes: Lanes;
  pending: Pick<PendingDeliveries, "waits" | "ended">;
  taskStore: Pick<TaskStore, "findDelivery" | "recordAttempt">;
  profileStore: Pick<ProfileStore, "findDelivery" | "recordAttempt">;
  profileReader: Pick<ProfileReader, "read" | "link">;
  /** Seconds between attempts, as retry-schedule.ts takes them. */
  retrySchedule: readonly number[];
  sendContext: SendContext;
  log: Logger;
  metrics: Metrics;
  /** Milliseconds since the epoch. */
  now: () => number;
  /** From 0 up to 1. */
  random?: () => number;
}): SqsWork {
  const { collectorLookup, resolveSecrets, watchCollector, lanes, pending, taskStore, profileStore, profileReader } =
    options;
  const { retrySchedule, sendContext, log, metrics, now, random = Math.random } = options;

  async function prepare(name: string): Promise<Prepared> {
    const stored = await collectorLookup.find(name);
    if (stored === undefined) return { kind: "dropped", reason: "the collector was deleted" };
    const { paused } = stored.health;
    if (paused !== undefined) return { kind: "paused", reason: `the collector is paused: ${paused.reason}` };
    if (!stored.ok) return { kind: "retry", reason: `the collector is invalid: ${describeFaults(stored.faults)}` };
    try {
      return { kind: "ready", collector: await resolveSecrets(stored.collector), stored };
    } catch (error) {
      if (error instanceof Unavailable) return { kind: "retry", reason: error.message };
      throw error;
    }
  }

  /** @returns what became of it, and whether the collector was asked at all. */
  async function send(collector: Collector, event: DeliveredEvent): Promise<{ outcome: Outcome; wasAsked: boolean }> {
    try {
      return { outcome: await sendEvent(collector, event, sendContext), wasAsked: true };
    } catch (error) {
      // Its file is gone: the delivery waited longer than profiles are kept.
      if (error instanceof NotFound) return { outcome: { kind: "dropped", reason: error.message }, wasAsked: false };
      if (error instanceof Unavailable) return { outcome: { kind: "retry", reason: error.message }, wasAsked: false };
      throw error;
    }
  }

  /** What becomes of the message, told by what is thrown: nothing if the delivery is done with. */
  async function record(event: DeliveredEvent, collector: string, ended: Ended, count: AttemptCount): Promise<void> {
    metrics.count("delivery_attempts_total", { collector, outcome: ended.kind });
    switch (ended.kind) {
      case "delivered": {
        const ageMs = Math.max(0, now() - eventTime(event, now())); // clocks of two hosts may differ
        metrics.observe("delivery_seconds", ageMs / 1_000, { collector });
        const { remoteId } = ended;
        await note(event, collector, { status: "delivered", ...(remoteId !== undefined && { remoteId }) });
        return;
      }
      case "dropped":
        log.warn({ eventId: event.id, taskId: event.task.taskId, collector, reason: ended.reason }, "delivery dropped");
        await note(event, collector, { status: "dropped", isTry: false, lastError: ended.reason });
        return;
      case "retry":
        return retry(event, collector, ended, count);
      case "refused":
      case "gone":
        return giveUp(event, collector, ended.reason);
      case "paused":
        return giveUp(event, collector, ended.reason, { isTry: false });
    }
  }

  /** @throws ComeAgain, or Undeliverable after the last attempt, once that is recorded. */
  async function retry(
    event: DeliveredEvent,
    collector: string,
    { reason, retryAfterSeconds }: Extract<Outcome, { kind: "retry" }>,
    { attempt, receives }: AttemptCount,
  ): Promise<void> {
    const delayAfter = (number: number) =>
      retryDelaySeconds(retrySchedule, number, { retryAfterSeconds, random: random() });
    const afterSeconds = delayAfter(attempt);
    if (afterSeconds === undefined) return giveUp(event, collector, `gave up after ${attempt} attempts: ${reason}`);
    const nextAt = new Date(now() + afterSeconds * 1_000).toISOString();
    const isNoted = await note(event, collector, { status: "retrying", lastError: reason, nextAt });
    // A record that takes no more notes must not make it go on for ever.
    const notedAfter = isNoted ? afterSeconds : delayAfter(receives);
    if (notedAfter === undefined) throw new Undeliverable(`collector ${collector}: gave up: ${reason}`);
    throw new ComeAgain(`collector ${collector}: ${reason}`, notedAfter);
  }

  /** @throws Undeliverable, once that is recorded. */
  async function giveUp(event: DeliveredEvent, collector: string, lastError: string, { isTry = true } = {}) {
    await note(event, collector, { status: "dead", isTry, lastError });
    throw new Undeliverable(`collector ${collector}: ${lastError}`);
  }

  function note(event: DeliveredEvent, collector: string, attempt: Attempt): Promise<boolean> {
    return event.case === "taskReported"
      ? taskStore.recordAttempt(event.task.taskId, collector, attempt)
      : profileStore.recordAttempt(event.profile, collector, attempt);
  }

  function deliveryOf(event: DeliveredEvent, collector: string): Promise<Delivery | undefined> {
    return event.case === "taskReported"
      ? taskStore.findDelivery(event.task.taskId, collector)
      : profileStore.findDelivery(event.profile, collector);
  }

  function eventOf({ eventId: id, event }: DeliveryMessage): DeliveredEvent {
    if (event.case === "taskReported") return { case: "taskReported", id, task: event.value };
    const { task, profile } = event.value ?? {};
    if (task === undefined || profile === undefined) throw new Undeliverable("message holds no profile with its task");
    const file = {
      read: () => profileReader.read(profile.objectKey),
      link: () => profileReader.link(profile.objectKey),
    };
    return { case: "profileCollected", id, task, profile, file };
  }

  /** @param tell hears how it went, if the collector was asked. */
  async function deliver(
    { collector }: DeliveryMessage,
    event: DeliveredEvent,
    receives: number,
    tell: (outcome: Outcome) => void,
  ): Promise<void> {
    const known = await deliveryOf(event, collector);
    if (known?.status === "delivered") return; // SQS may hand a message out again after it was done with
    const tooEarly = known?.status === "retrying" ? secondsUntil(known.nextAt, now()) : 0;
    // A copy of the message, then: each would go through the schedule by itself, and all of them through it in no time.
    if (tooEarly > 0) throw new ComeAgain(`collector ${collector}: not due yet`, tooEarly, { isRoutine: true });
    // Receives also count outages of ours and waits for a turn, so they serve only where no record tells.
    const count = { attempt: known === undefined ? receives : known.attempts + 1, receives };
    const prepared = await prepare(collector);
    if (prepared.kind !== "ready") return record(event, collector, prepared, count);
    const { outcome, wasAsked } = await send(prepared.collector, event);
    if (!wasAsked) return record(event, collector, outcome, count);
    tell(outcome);
    try {
      await record(event, collector, outcome, count);
    } finally {
      await watchCollector(prepared.stored, outcome);
    }
  }

  async function deliverInTurn(message: DeliveryMessage, event: DeliveredEvent, receives: number): Promise<void> {
    const { collector } = message;
    const place = await lanes.enterSoon(collector);
    if ("busySeconds" in place) {
      metrics.count("deliveries_deferred_total", { collector });
      const afterSeconds = turnDelaySeconds(place.busySeconds, receives);
      throw new ComeAgain(`collector ${collector} is busy`, afterSeconds, { isRoutine: true });
    }
    let leave = (isWell?: boolean): void => {
      leave = () => {};
      place.leave(isWell);
    };
    try {
      // The place is the collector's: what is to be written down afterwards keeps nobody from it.
      await deliver(message, event, receives, ({ kind }) =>
        leave(kind === "dropped" ? undefined : kind === "delivered"),
      );
    } finally {
      leave();
    }
  }

  return async (body, receives) => {
    const message = decoded(body);
    const event = eventOf(message);
    const { collector } = message;
    pending.waits(collector, event.id, eventTime(event, now()));
    try {
      await deliverInTurn(message, event, receives);
    } catch (error) {
      if (error instanceof Undeliverable) pending.ended(collector, event.id);
      throw error;
    }
    pending.ended(collector, event.id);
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
