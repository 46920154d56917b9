import type { TaskRecord } from "../tasks/task-item.ts";
import type { TaskStore } from "../tasks/task-store.ts";
import type { RecordedTasks } from "./recorded-tasks.ts";
import { reportedAt } from "./service-facts.ts";
import { createWatchedDeliveries, type EndedDelivery } from "./watched-deliveries.ts";

/** What happened since somebody looked last. */
export type TaskNews =
  | { readonly kind: "task"; readonly record: TaskRecord }
  | ({ readonly kind: "delivery" } & EndedDelivery);

/** Watches tasks come in, and their deliveries end. */
export interface TaskWatch {
  /**
   * What is new, each thing once; the first time, all since `sinceMs`, or nothing. May be asked again after it threw.
   * @throws Unavailable if DynamoDB does not tell.
   */
  news(): AsyncGenerator<TaskNews>;
}

/**
 * A task is recorded a moment after the report that its id tells the time of, and the index follows. So each look goes back
 * a little, and now and then further: after an outage SQS hands out messages again that were in hand.
 */
const LOOK_BACK_MS = 30_000;
const LOOK_FAR_BACK_MS = 15 * 60_000;
const FAR_EVERY_MS = 30_000;
/** Servers' clocks may be ahead of ours, and their day begins earlier. */
const AHEAD_MS = 10 * 60_000;
/** Most ids that are remembered. With more in the far look, tasks as old as those forgotten are passed over. */
const MAX_SEEN = 50_000;

export function createTaskWatch(options: {
  recorded: RecordedTasks;
  taskStore: Pick<TaskStore, "list">;
  serviceName?: string | undefined;
  /** From when on tasks count, in ms since the epoch; undefined: from those on that are recorded after the first look. */
  sinceMs?: number | undefined;
  now?: () => number;
  maxSeen?: number;
}): TaskWatch {
  const { recorded, taskStore, serviceName, sinceMs, now = Date.now, maxSeen = MAX_SEEN } = options;
  const deliveries = createWatchedDeliveries({ now });
  /** When each task was reported that was seen and may be read again. */
  const seen = new Map<string, number>();
  let isFirst = true;
  let newestMs = Number.NEGATIVE_INFINITY;
  /** What was reported before is passed over. */
  let floorMs = sinceMs ?? Number.NEGATIVE_INFINITY;
  let nextFarLook = Number.NEGATIVE_INFINITY;

  /** Where a look begins. Our clock may be ahead of the servers', so the newest task that is known counts as now. */
  function lookFrom(backMs: number): number {
    const from = Math.min(now(), Number.isFinite(newestMs) ? newestMs : now()) - backMs;
    return Math.max(from, floorMs, 0);
  }

  function remember({ task }: TaskRecord): void {
    const at = reportedAt(task);
    seen.set(task.taskId, at);
    newestMs = Math.max(newestMs, at);
    if (seen.size <= maxSeen) return;
    const times = [...seen.values()].sort((a, b) => a - b);
    forgetBefore((times[Math.floor(maxSeen / 10)] ?? 0) + 1);
  }

  /** What is forgotten is passed over from then on, or it would be new once more. */
  function forgetBefore(ms: number): void {
    floorMs = Math.max(floorMs, ms);
    for (const [taskId, at] of seen) if (at < floorMs) seen.delete(taskId);
  }

  function* newsIn(record: TaskRecord, isSilent: boolean): Generator<TaskNews> {
    const { taskId } = record.task;
    if (!seen.has(taskId)) {
      if (reportedAt(record.task) < floorMs) return;
      remember(record);
      const ended = deliveries.note(record);
      if (isSilent) return;
      yield { kind: "task", record };
      for (const end of ended) yield { kind: "delivery", ...end };
    } else if (deliveries.isOpen(taskId)) {
      for (const end of deliveries.note(record)) yield { kind: "delivery", ...end };
    }
  }

  return {
    async *news() {
      const isFar = isFirst || now() >= nextFarLook;
      if (isFirst && sinceMs === undefined) {
        const [newest] = await taskStore.list({ ...(serviceName !== undefined && { serviceName }), limit: 1 });
        if (newest !== undefined) newestMs = reportedAt(newest.task);
      }
      const fromMs = isFirst && sinceMs !== undefined ? sinceMs : lookFrom(isFar ? LOOK_FAR_BACK_MS : LOOK_BACK_MS);
      for await (const record of recorded.between({ serviceName, fromMs, toMs: now() + AHEAD_MS }))
        yield* newsIn(record, isFirst && sinceMs === undefined);
      isFirst = false;
      if (isFar) {
        nextFarLook = now() + FAR_EVERY_MS;
        forgetBefore(lookFrom(LOOK_FAR_BACK_MS));
      }
      const due = deliveries.due();
      const found = await recorded.ofIds(due);
      for (const record of found) for (const end of deliveries.note(record)) yield { kind: "delivery", ...end };
      const there = new Set(found.map(({ task }) => task.taskId));
      deliveries.forget(due.filter((taskId) => !there.has(taskId)));
    },
  };
}
