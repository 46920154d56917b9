import type { Command } from "commander";
import type { Delivery } from "../../shared/deliveries/delivery.ts";
import type { ProfileRecord } from "../../shared/profiles/profile-item.ts";
import { findTask } from "../../shared/tasks/find-task.ts";
import type { TaskRecord } from "../../shared/tasks/task-item.ts";
import { commandLineFor } from "../command-line.ts";
import { adviceLines, type DeliveryTo } from "../deliveries/advice-lines.ts";
import { nextText } from "../deliveries/next-text.ts";
import { print } from "../output.ts";
import { withStores } from "../stores.ts";
import { printable } from "../terminal/printable.ts";
import { noTask } from "./no-task.ts";

/** Newest profiles that are shown; a task of ten minutes has over a hundred. --json has them all. */
const SHOWN_PROFILES = 10;

export function addShow(tasks: Command): void {
  tasks
    .command("show")
    .description("show one task: why it was triggered, what was sampled, and where each delivery stands")
    .argument("<task>", "id of the task, from `tasks list`")
    .addHelpText(
      "after",
      `
Examples:
  flashpoint --local tasks show 019b76da-a800-7000-8000-000000000001`,
    )
    .action(async (taskId: string, _options: object, command: Command) => {
      const { record, profiles, advice } = await withStores(command, async (stores) => {
        const record = await findTask(taskId, stores);
        const profiles = await stores.profileStore.list(record?.task.taskId ?? taskId);
        const lines = { collectorStore: stores.collectorStore, commandLine: commandLineFor(command) };
        return { record, profiles, advice: await adviceLines(undelivered(record, profiles), lines) };
      });
      if (record === undefined) return showWithoutTask(command, taskId, profiles);
      const [{ causeText, reportedText, taskJson }, { profileJson, profileText }, { targetName }] = await Promise.all([
        import("./task-text.ts"),
        import("./profile-text.ts"),
        import("../../shared/tasks/task.ts"),
      ]);
      const { task, deliveries } = record;
      const now = Date.now();
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
            deliveryText(collector, delivery, now),
          ]),
          ["profiles", profiles.length === 0 ? "none yet" : String(profiles.length)],
          ...newest(profiles).map((profile): [string, string] => ["profile", profileText(profile, now)]),
        ];
        return [fieldLines(fields), ...advice].join("\n");
      });
    });
}

/** Where the task's deliveries, and those of its profiles, stand that have not been made. */
function undelivered(record: TaskRecord | undefined, profiles: readonly ProfileRecord[]): DeliveryTo[] {
  const events = record === undefined ? profiles : [record, ...profiles];
  const all = events.flatMap(({ deliveries }) => Object.entries(deliveries));
  return all.flatMap(([collector, { status }]) => (status === "delivered" ? [] : [{ collector, status }]));
}

/** Another backend may have issued the id, or the task has expired before its profiles. */
async function showWithoutTask(command: Command, taskId: string, profiles: readonly ProfileRecord[]): Promise<void> {
  if (profiles.length === 0) throw noTask(taskId, commandLineFor(command));
  const { profileJson, profileText } = await import("./profile-text.ts");
  const now = Date.now();
  print(command, { taskId, isKnown: false, profiles: profiles.map(profileJson) }, () => {
    const were = profiles.length === 1 ? "profile was" : "profiles were";
    const kept = profiles.every(({ isApart }) => isApart) ? "kept apart" : "kept";
    const head = `No task of that id is known here; ${profiles.length} ${were} ${kept} under it.`;
    return [head, fieldLines(newest(profiles).map((profile) => ["profile", profileText(profile, now)]))].join("\n");
  });
}

function newest(profiles: readonly ProfileRecord[]): readonly ProfileRecord[] {
  return profiles.slice(-SHOWN_PROFILES);
}

function fieldLines(fields: readonly [name: string, value: string][]): string {
  return fields.map(([name, value]) => `${name.padEnd(10)}${printable(value)}`).join("\n");
}

/** For instance `hook: retrying after 2 attempts, 2026-01-31T12:00:05.000Z, next in 5 s (answered 503)`. */
function deliveryText(collector: string, delivery: Delivery, now: number): string {
  const { status, attempts, at, lastError, remoteId } = delivery;
  const next = nextText(delivery, now);
  const why = lastError === undefined ? "" : ` (${lastError})`;
  const as = remoteId === undefined ? "" : ` as ${remoteId}`;
  return `${collector}: ${status}${as} after ${attempts} ${attempts === 1 ? "attempt" : "attempts"}, ${at}${next === undefined ? "" : `, next ${next}`}${why}`;
}
