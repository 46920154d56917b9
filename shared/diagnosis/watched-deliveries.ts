import { MAX_BATCH_GET } from "../aws/batch-get.ts";
import type { Delivery } from "../deliveries/delivery.ts";
import type { TaskRecord } from "../tasks/task-item.ts";
import { reportedAt } from "./service-facts.ts";

/** That a delivery came to its end, one way or the other. */
export interface EndedDelivery {
  readonly record: TaskRecord;
  readonly collector: string;
  readonly delivery: Delivery;
}

/** Remembers of which tasks deliveries are still to end, within bounds. */
export interface WatchedDeliveries {
  /**
   * Takes note of where a task's deliveries stand.
   * @returns those that ended since they were noted last, or at all if they never were.
   */
  note(record: TaskRecord): EndedDelivery[];
  isOpen(taskId: string): boolean;
  /** Which tasks are worth another look now, those that wait longest first; MAX_BATCH_GET at most. */
  due(): string[];
  /** Nothing more is to come of these. */
  forget(taskIds: Iterable<string>): void;
}

/** Most tasks whose deliveries are watched; of more, those noted first are let go. */
const MAX_OPEN = 2_000;
const ENDED: readonly Delivery["status"][] = ["delivered", "dead", "dropped"];
/** How soon a delivery is looked at again, by the age of its task: attempts come less and less often. */
const LOOKS = [
  { upToMs: 60_000, everyMs: 2_000 },
  { upToMs: 600_000, everyMs: 10_000 },
  { upToMs: Number.POSITIVE_INFINITY, everyMs: 60_000 },
];

export function createWatchedDeliveries({
  now,
  maxOpen = MAX_OPEN,
}: {
  now: () => number;
  maxOpen?: number;
}): WatchedDeliveries {
  const open = new Map<string, { ended: ReadonlySet<string>; lookAt: number }>();

  return {
    note(record) {
      const { taskId } = record.task;
      const before = open.get(taskId)?.ended ?? new Set<string>();
      const all = Object.entries(record.deliveries);
      const ended = all.filter(([, { status }]) => ENDED.includes(status));
      if (ended.length === all.length) open.delete(taskId);
      else {
        const age = now() - reportedAt(record.task);
        const { everyMs } = LOOKS.find(({ upToMs }) => age < upToMs) ?? { everyMs: 60_000 };
        open.set(taskId, { ended: new Set(ended.map(([collector]) => collector)), lookAt: now() + everyMs });
        for (const oldest of open.keys().take(Math.max(0, open.size - maxOpen))) open.delete(oldest);
      }
      return ended
        .filter(([collector]) => !before.has(collector))
        .map(([collector, delivery]) => ({ record, collector, delivery }));
    },
    isOpen: (taskId) => open.has(taskId),
    due() {
      const time = now();
      const waiting = [...open].filter(([, { lookAt }]) => lookAt <= time);
      waiting.sort(([, a], [, b]) => a.lookAt - b.lookAt);
      return waiting.slice(0, MAX_BATCH_GET).map(([taskId]) => taskId);
    },
    forget(taskIds) {
      for (const taskId of taskIds) open.delete(taskId);
    },
  };
}
