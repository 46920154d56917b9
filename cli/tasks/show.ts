import type { Command } from "commander";
import { NotFound } from "../../shared/errors.ts";
import { print, printable } from "../output.ts";
import { withStores } from "../stores.ts";

export function addShow(tasks: Command): void {
  tasks
    .command("show")
    .description("show one task: why it was triggered and where each delivery stands")
    .argument("<task>", "id of the task, from `tasks list`")
    .action(async (taskId: string, _options: object, command: Command) => {
      const record = await withStores(command, ({ taskStore }) => taskStore.get(taskId));
      if (record === undefined) throw new NotFound(`there is no task ${taskId}; \`tasks list\` names them`);
      const [{ causeText, reportedText, taskJson }, { targetName }] = await Promise.all([
        import("./task-text.ts"),
        import("../../shared/tasks/task.ts"),
      ]);
      const { task, deliveries } = record;
      print(command, taskJson(record), () => {
        const fields: [string, string][] = [
          ["task", task.taskId],
          ["reported", reportedText(task)],
          ["service", task.serviceName],
          ["instance", task.instanceName],
          ["process", task.processName],
          ["layer", task.layer || "-"],
          ["target", `${targetName(task)} for ${task.durationSeconds} s`],
          ...task.samplingUriRegexes.map((regex): [string, string] => ["samples", regex]),
          ...task.causes.map((cause): [string, string] => ["cause", causeText(cause)]),
          ...Object.entries(deliveries).map(([collector, { status, attempts, at, lastError }]): [string, string] => [
            "delivery",
            `${collector}: ${status} after ${attempts} ${attempts === 1 ? "attempt" : "attempts"}, ${at}${lastError === undefined ? "" : ` (${lastError})`}`,
          ]),
        ];
        return fields.map(([name, value]) => `${name.padEnd(10)}${printable(value)}`).join("\n");
      });
    });
}
