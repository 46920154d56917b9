import type { Command } from "commander";
import type { Delivery } from "../../shared/deliveries/delivery.ts";
import { NotFound } from "../../shared/errors.ts";
import type { ProfileRecord } from "../../shared/profiles/profile-item.ts";
import type { TaskRecord } from "../../shared/tasks/task-item.ts";
import { print, printable } from "../output.ts";
import { type Stores, withStores } from "../stores.ts";

/** Newest profiles that are shown; a task of ten minutes has over a hundred. --json has them all. */
const SHOWN_PROFILES = 10;

export function addShow(tasks: Command): void {
  tasks
    .command("show")
    .description("show one task: why it was triggered, what was sampled, and where each delivery stands")
    .argument("<task>", "id of the task, from `tasks list`")
    .action(async (taskId: string, _options: object, command: Command) => {
      const { record, profiles } = await withStores(command, (stores) => findTask(taskId, stores));
      if (record === undefined) return showWithoutTask(command, taskId, profiles);
      const [{ causeText, reportedText, taskJson }, { profileJson, profileText }, { targetName }] = await Promise.all([
        import("./task-text.ts"),
        import("./profile-text.ts"),
        import("../../shared/tasks/task.ts"),
      ]);
      const { task, deliveries } = record;
      print(command, { ...taskJson(record), profiles: profiles.map(profileJson) }, () => {
        const fields: [string, string][] = [
          ["task", task.taskId],
          ...(task.taskId === taskId ? [] : [["also", taskId] satisfies [string, string]]),
          ["reported", reportedText(task)],
          ["service", task.serviceName],
          ["instance", task.instanceName],
          ["process", task.processName],
          ["layer", task.layer || "-"],
          ["target", `${targetName(task)} for ${task.durationSeconds} s`],
          ...task.samplingUriRegexes.map((regex): [string, string] => ["samples", regex]),
          ...task.causes.map((cause): [string, string] => ["cause", causeText(cause)]),
          ...Object.entries(deliveries).map(([collector, delivery]): [string, string] => [
            "delivery",
            deliveryText(collector, delivery),
          ]),
          ["profiles", profiles.length === 0 ? "none yet" : String(profiles.length)],
          ...newest(profiles).map((profile): [string, string] => ["profile", profileText(profile)]),
        ];
        return fieldLines(fields);
      });
    });
}

/** The task of that id, or the one that its report was already when it came once more, with its profiles. */
async function findTask(
  taskId: string,
  { taskStore, profileStore, reportStore }: Pick<Stores, "taskStore" | "profileStore" | "reportStore">,
): Promise<{ record: TaskRecord | undefined; profiles: readonly ProfileRecord[] }> {
  const [record, profiles] = await Promise.all([taskStore.get(taskId), profileStore.list(taskId)]);
  if (record !== undefined) return { record, profiles };
  const firstTaskId = await reportStore.firstTaskId(taskId);
  const first = firstTaskId === undefined ? undefined : await taskStore.get(firstTaskId);
  if (first === undefined) return { record, profiles };
  return { record: first, profiles: await profileStore.list(first.task.taskId) };
}

/** Another backend may have issued the id, or the task has expired before its profiles. */
async function showWithoutTask(command: Command, taskId: string, profiles: readonly ProfileRecord[]): Promise<void> {
  if (profiles.length === 0) throw new NotFound(`there is no task ${taskId}; \`tasks list\` names them`);
  const { profileJson, profileText } = await import("./profile-text.ts");
  print(command, { taskId, isKnown: false, profiles: profiles.map(profileJson) }, () => {
    const were = profiles.length === 1 ? "profile was" : "profiles were";
    const kept = profiles.every(({ isApart }) => isApart) ? "kept apart" : "kept";
    const head = `No task of that id is known here; ${profiles.length} ${were} ${kept} under it.`;
    return [head, fieldLines(newest(profiles).map((profile) => ["profile", profileText(profile)]))].join("\n");
  });
}

function newest(profiles: readonly ProfileRecord[]): readonly ProfileRecord[] {
  return profiles.slice(-SHOWN_PROFILES);
}

function fieldLines(fields: readonly [name: string, value: string][]): string {
  return fields.map(([name, value]) => `${name.padEnd(10)}${printable(value)}`).join("\n");
}

function deliveryText(collector: string, { status, attempts, at, lastError, remoteId }: Delivery): string {
  const why = lastError === undefined ? "" : ` (${lastError})`;
  const as = remoteId === undefined ? "" : ` as ${remoteId}`;
  return `${collector}: ${status}${as} after ${attempts} ${attempts === 1 ? "attempt" : "attempts"}, ${at}${why}`;
}
