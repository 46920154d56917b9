import type { CommandLine } from "../../shared/diagnosis/command-line.ts";
import { NotFound } from "../../shared/errors.ts";
import type { ProfileRecord } from "../../shared/profiles/profile-item.ts";
import { tableName } from "../../shared/resources.ts";
import { findTask } from "../../shared/tasks/find-task.ts";
import type { TaskRecord } from "../../shared/tasks/task-item.ts";
import type { Stores } from "../stores.ts";
import { noTask } from "./no-task.ts";

/** A task that somebody named. */
export interface MeantTask {
  /** The id that was meant, in full. */
  readonly taskId: string;
  /** Undefined: profiles alone are known under that id. */
  readonly record: TaskRecord | undefined;
  /** Oldest first. */
  readonly profiles: readonly ProfileRecord[];
}

/** What may be part of an id, and is looked for nowhere. */
const TOO_SHORT = /^…?[0-9a-f-]{1,5}$/;

/** The newest task, in the place of an id. */
const LAST = "last";

/**
 * The task of that id, or of the id that begins or ends so, or the newest.
 * @throws NotFound if there is none, or it may be several, which it names.
 */
export async function meantTask(text: string, stores: Stores, commandLine: CommandLine): Promise<MeantTask> {
  if (text === LAST) {
    const [newest] = await stores.taskStore.list({ limit: 1 });
    if (newest === undefined) throw new NotFound("no task has been reported yet");
    return withProfiles(newest.task.taskId, newest, stores);
  }
  const named = await withProfiles(text, await findTask(text, stores), stores);
  if (named.record !== undefined || named.profiles.length > 0) return named;
  const taskId = await fullId(text, stores, commandLine);
  return withProfiles(taskId, await findTask(taskId, stores), stores);
}

async function withProfiles(taskId: string, record: TaskRecord | undefined, stores: Stores): Promise<MeantTask> {
  return { taskId, record, profiles: await stores.profileStore.list(record?.task.taskId ?? taskId) };
}

async function fullId(text: string, { aws, stack }: Stores, commandLine: CommandLine): Promise<string> {
  const { tasksMeantBy } = await import("../../shared/diagnosis/short-task-id.ts");
  const source = { documents: aws.documents, table: tableName(stack, "tasks"), now: Date.now() };
  const { taskIds, lookedAt } = await tasksMeantBy(text, source);
  const [taskId, ...others] = taskIds;
  if (taskId === undefined) {
    const tooShort = TOO_SHORT.test(text) ? " (8 characters of its beginning would do, or 6 of its end)" : "";
    const scope = lookedAt === undefined ? tooShort : ` (of the newest ${lookedAt} tasks, none ends so)`;
    throw noTask(text, commandLine, scope);
  }
  if (others.length > 0)
    throw new NotFound(`${text} may be any of these tasks:\n${taskIds.map((id) => `  ${id}`).join("\n")}`);
  return taskId;
}
