import { type Command, InvalidArgumentError } from "commander";
import { print } from "../output.ts";
import { withStores } from "../stores.ts";
import { table } from "../terminal/table.ts";
import { deliveriesText } from "./delivery-text.ts";

const MOST = 1_000;

export function addList(tasks: Command): void {
  tasks
    .command("list")
    .description("list the newest tasks")
    .option("--service <name>", "of this service only")
    .option("--limit <number>", `how many at most, 1 to ${MOST}`, wholeNumber, 20)
    .addHelpText(
      "after",
      `
Examples:
  flashpoint --local tasks list --service checkout
  flashpoint --stack flashpoint tasks list --limit 500 -o json`,
    )
    .action(async ({ service, limit }: { service?: string; limit: number }, command: Command) => {
      const query = service === undefined ? { limit } : { serviceName: service, limit };
      const records = await withStores(command, ({ taskStore }) => taskStore.list(query));
      const [{ causeText, reportedText, taskJson }, { targetName }] = await Promise.all([
        import("./task-text.ts"),
        import("../../shared/tasks/task.ts"),
      ]);
      print(command, records.map(taskJson), () => {
        if (records.length === 0)
          return `No task has been reported${service === undefined ? "" : ` for ${service}`} yet.`;
        const rows = records.map(({ task, deliveries }) => [
          task.taskId,
          reportedText(task),
          task.serviceName,
          task.processName,
          targetName(task),
          task.causes.map(causeText).join(", ") || "-",
          deliveriesText(deliveries) || "-",
        ]);
        return table(["TASK", "REPORTED", "SERVICE", "PROCESS", "TARGET", "CAUSE", "DELIVERIES"], rows);
      });
    });
}

function wholeNumber(text: string): number {
  const value = Number(text);
  if (!/^\d+$/.test(text) || value < 1 || value > MOST)
    throw new InvalidArgumentError(`It takes a whole number from 1 to ${MOST}.`);
  return value;
}
