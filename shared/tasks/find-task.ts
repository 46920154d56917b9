import type { ReportStore } from "./report-store.ts";
import type { TaskRecord } from "./task-item.ts";
import type { TaskStore } from "./task-store.ts";

/** The task of that id, or the one that its report was already when it came once more; undefined if there is neither. */
export async function findTask(
  taskId: string,
  { taskStore, reportStore }: { taskStore: Pick<TaskStore, "get">; reportStore: Pick<ReportStore, "firstTaskId"> },
): Promise<TaskRecord | undefined> {
  const record = await taskStore.get(taskId);
  if (record !== undefined) return record;
  const firstTaskId = await reportStore.firstTaskId(taskId);
  return firstTaskId === undefined ? undefined : taskStore.get(firstTaskId);
}
