import { LRUCache } from "lru-cache";
import type { ProfilingTask } from "../gen/flashpoint/v1/task_pb.js";
import { lazily } from "../lazily.ts";
import { findTask } from "./find-task.ts";
import type { ReportStore } from "./report-store.ts";
import type { TaskStore } from "./task-store.ts";

/** What a task is about, in the names that the agent uses. */
export type TaskNames = Pick<ProfilingTask, "serviceName" | "instanceName" | "processName">;

/** Tells what a task is about while its profiles come in, every few seconds for minutes. */
export interface TaskNameLookup {
  /** The task was just accepted: its record may take a moment. */
  remember(task: ProfilingTask): void;
  /**
   * Knows a task by every id that its report was answered with.
   * @returns undefined if no such task is known here.
   * @throws Unavailable if DynamoDB does not tell.
   */
  find(taskId: string): Promise<TaskNames | undefined>;
}

/** Tasks remembered at most; those forgotten are read again. */
const MAX_TASKS = 5_000;
/** As long as reports may have them; of older tasks, longer ones may be recorded. */
const MAX_NAME_LENGTH = 2_048;

export function createTaskNameLookup(options: {
  taskStore: Pick<TaskStore, "get">;
  reportStore: Pick<ReportStore, "firstTaskId">;
}): TaskNameLookup {
  const { taskStore, reportStore } = options;
  const known = lazily(() => new LRUCache<string, TaskNames>({ max: MAX_TASKS }));

  function remember(taskId: string, { serviceName, instanceName, processName }: ProfilingTask): TaskNames {
    const cut = (name: string): string => name.slice(0, MAX_NAME_LENGTH).toWellFormed();
    const names = {
      serviceName: cut(serviceName),
      instanceName: cut(instanceName),
      processName: cut(processName),
    };
    known().set(taskId, names);
    return names;
  }

  return {
    remember: (task) => void remember(task.taskId, task),
    async find(taskId) {
      const names = known().get(taskId);
      if (names !== undefined) return names;
      const record = await findTask(taskId, { taskStore, reportStore });
      return record === undefined ? undefined : remember(taskId, record.task);
    },
  };
}
