import type { Command } from "commander";
import { ageText } from "../../shared/diagnosis/age-text.ts";
import { untilText } from "../../shared/diagnosis/until-text.ts";
import type { ProfileRecord } from "../../shared/profiles/profile-item.ts";
import type { TaskRecord } from "../../shared/tasks/task-item.ts";
import { commandLineFor } from "../command-line.ts";
import { adviceLines, type DeliveryTo } from "../deliveries/advice-lines.ts";
import { print } from "../output.ts";
import { withStores } from "../stores.ts";
import { printable } from "../terminal/printable.ts";
import { styled } from "../terminal/style.ts";
import { deliveriesTable } from "./deliveries-table.ts";
import { filesText } from "./files-text.ts";

/** Newest profiles that are shown; a task of ten minutes has over a hundred. --json has them all. */
const SHOWN_PROFILES = 10;

export function addShow(tasks: Command): void {
  tasks
    .command("show")
    .description("show one task: why it was triggered, what was sampled, and where each delivery stands")
    .argument("<task>", "id of the task, or how it begins (8 characters) or ends (6); `last` is the newest")
    .addHelpText(
      "after",
      `
Ends of ids, as \`tasks watch\` shows them, are looked for among the newest 5,000 tasks of three days.

Examples:
  flashpoint --local tasks show last
  flashpoint --local tasks show 7a294546
  flashpoint --stack flashpoint tasks show 01a2063b-5ab0-70ba-9889-af1a7a294546 --json`,
    )
    .action(async (text: string, _options: object, command: Command) => {
      const commandLine = commandLineFor(command);
      const { local = false } = command.optsWithGlobals<{ local?: boolean }>();
      const { meantTask } = await import("./meant-task.ts");
      const { taskId, record, profiles, advice, config } = await withStores(command, async (stores) => {
        const { collectorStore, config } = stores;
        const meant = await meantTask(text, stores, commandLine);
        const lines = { collectorStore, commandLine };
        return { ...meant, config, advice: await adviceLines(undelivered(meant), lines) };
      });
      const files = filesText(profiles, { config, local });
      const now = Date.now();
      const { profileJson } = await import("./profile-text.ts");
      const ofProfiles = { profiles: profiles.map(profileJson), profileBucket: config.profileBucket };
      const profileLines = await profileSection(profiles, now);
      if (record === undefined) {
        print(command, { taskId, isKnown: false, ...ofProfiles }, () =>
          [withoutTaskText(profiles), "", ...profileLines, ...files, ...advice].join("\n"),
        );
        return;
      }
      const { taskJson } = await import("./task-text.ts");
      const fields = await fieldsOf(record, taskId, now);
      print(command, { ...taskJson(record), isKnown: true, ...ofProfiles }, () =>
        [
          ...fields.map(([name, value]) => `${name.padEnd(NAME_WIDTH)}${value}`),
          "",
          ...deliveryLines(record, now),
          "",
          ...profileLines,
          ...(files.length === 0 ? [] : ["", ...files]),
          ...(advice.length === 0 ? [] : ["", ...advice]),
        ].join("\n"),
      );
    });
}

const NAME_WIDTH = 11;

type Field = readonly [name: string, value: string];

async function fieldsOf({ task }: TaskRecord, namedId: string, now: number): Promise<Field[]> {
  const [{ causeText, reportedText }, { reportedAt }, { targetName }] = await Promise.all([
    import("./task-text.ts"),
    import("../../shared/diagnosis/service-facts.ts"),
    import("../../shared/tasks/task.ts"),
  ]);
  const at = reportedAt(task);
  const endsAt = at + task.durationSeconds * 1_000;
  const isOver = endsAt <= now ? "over" : `ends ${untilText(endsAt, now)}`;
  return [
    ["task", styled("strong", printable(task.taskId))],
    ...(task.taskId === namedId ? [] : [["also", printable(namedId)] satisfies Field]),
    ["reported", `${reportedText(task)} (${ageText(at, now)})`],
    ...task.causes.map((cause): Field => ["cause", styled("warning", printable(causeText(cause)))]),
    ["service", printable(task.serviceName)],
    ["instance", printable(task.instanceName)],
    ["process", printable(task.processName)],
    ["layer", printable(task.layer) || "-"],
    ["target", `${targetName(task)} for ${task.durationSeconds} s, ${isOver}`],
    ...task.samplingUriRegexes.map((regex): Field => ["samples", printable(regex)]),
  ];
}

function deliveryLines({ deliveries }: TaskRecord, now: number): string[] {
  if (Object.keys(deliveries).length === 0) return ["deliveries none: no collector takes it"];
  return [deliveriesTable(deliveries, now)];
}

async function profileSection(profiles: readonly ProfileRecord[], now: number): Promise<string[]> {
  if (profiles.length === 0) return ["profiles   none yet"];
  const { profilesTable } = await import("./profile-text.ts");
  const newest = profiles.slice(-SHOWN_PROFILES);
  const which = newest.length < profiles.length ? `, the newest ${newest.length}:` : "";
  return [`profiles   ${profiles.length}${which}`, profilesTable(newest, now)];
}

/** Where the task's deliveries, and those of its profiles, stand that have not been made. */
function undelivered({
  record,
  profiles,
}: {
  record: TaskRecord | undefined;
  profiles: readonly ProfileRecord[];
}): DeliveryTo[] {
  const events = record === undefined ? profiles : [record, ...profiles];
  const all = events.flatMap(({ deliveries }) => Object.entries(deliveries));
  return all.flatMap(([collector, { status }]) => (status === "delivered" ? [] : [{ collector, status }]));
}

/** Another backend may have issued the id, or the task has expired before its profiles. */
function withoutTaskText(profiles: readonly ProfileRecord[]): string {
  const were = profiles.length === 1 ? "profile was" : "profiles were";
  const kept = profiles.every(({ isApart }) => isApart) ? "kept apart" : "kept";
  return `No task of that id is known here; ${profiles.length} ${were} ${kept} under it.`;
}
