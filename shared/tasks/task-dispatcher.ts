import type { Queue } from "../aws/queue.ts";
import { type Recipient, wantsTask } from "../collectors/collector.ts";
import type { Metrics } from "../metrics.ts";
import { readTaskMessage, writeDeliveryMessage } from "./task-queue.ts";
import type { TaskStore } from "./task-store.ts";

/** Works off one message of the tasks queue. Throws if anything is left to do; the message is handed out again then. */
export type DispatchTask = (body: string) => Promise<void>;

/**
 * Records the task once and sends one delivery for each collector that wants it. If the message comes again, the
 * collectors that were recorded first count, and those whose delivery has not been tried yet get theirs (again).
 */
export function createTaskDispatcher(options: {
  taskStore: TaskStore;
  listCollectors: () => Promise<readonly Recipient[]>;
  deliveries: Queue;
  metrics: Metrics;
}): DispatchTask {
  const { taskStore, listCollectors, deliveries, metrics } = options;
  return async (body) => {
    const { event } = readTaskMessage(body);
    if (event.case !== "taskReported") throw new Error(`event ${event.case} is not known`);
    const task = event.value;
    const wanted = (await listCollectors()).filter((recipient) => wantsTask(recipient, task));
    const { record, isNew } = await taskStore.record(
      task,
      wanted.map(({ name }) => name),
    );
    if (isNew) metrics.count("tasks_recorded_total");
    const pending = Object.keys(record.deliveries).filter((name) => record.deliveries[name]?.status === "pending");
    await deliveries.sendAll(pending.map((collector) => writeDeliveryMessage(task, collector)));
  };
}
