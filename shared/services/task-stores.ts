import { tableName } from "../resources.ts";
import { createReportStore } from "../tasks/report-store.ts";
import { createTaskStore } from "../tasks/task-store.ts";
import type { Basis } from "./basis.ts";

export type TaskStores = ReturnType<typeof createTaskStores>;

/** What is recorded of tasks. */
export function createTaskStores({ config: { stack, taskRetentionDays }, aws: { documents }, now }: Basis) {
  return {
    taskStore: createTaskStore({
      documents,
      table: tableName(stack, "tasks"),
      retentionDays: taskRetentionDays,
      now,
    }),
    reportStore: createReportStore({ documents, table: tableName(stack, "reports"), now }),
  };
}
