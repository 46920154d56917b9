import type { Command } from "commander";
import type { RetriedDelivery } from "../../shared/deliveries/retry-task.ts";
import type { CommandLine } from "../../shared/diagnosis/command-line.ts";
import { findTask } from "../../shared/tasks/find-task.ts";
import { commandLineFor } from "../command-line.ts";
import { print } from "../output.ts";
import { withStores } from "../stores.ts";
import { noTask } from "../tasks/no-task.ts";
import { printable } from "../terminal/printable.ts";
import { notCutShort } from "../terminal/until-stopped.ts";

export function addRetry(deliveries: Command): void {
  deliveries
    .command("retry")
    .description("send a task and its profiles again, at once, wherever they are not delivered")
    .argument("<task>", "id of the task, from `deliveries list`")
    .option("--collector <name>", "to this collector only")
    .addHelpText(
      "after",
      `
Each event keeps its id, and its attempts are counted anew.

Examples:
  flashpoint --local deliveries retry 019b76da-a800-7000-8000-000000000001
  flashpoint --local deliveries retry 019b76da-a800-7000-8000-000000000001 --collector hook`,
    )
    .action(async (taskId: string, { collector }: { collector?: string }, command: Command) => {
      const commandLine = commandLineFor(command);
      const retried = await withStores(command, async (stores) => {
        const record = await findTask(taskId, stores);
        if (record === undefined) throw noTask(taskId, commandLine);
        const [{ createDeliveryRestarter }, { retryTask }] = await Promise.all([
          import("../../shared/deliveries/restart-delivery.ts"),
          import("../../shared/deliveries/retry-task.ts"),
        ]);
        const restarter = createDeliveryRestarter(stores);
        return notCutShort(() => retryTask({ ...stores, restarter, queue: stores.deliveryQueue }, record, collector));
      });
      const queued = retried.filter(({ became }) => became === "queued");
      const left = retried.filter(({ became }) => became !== "queued");
      print(command, { taskId, queued: queued.map(json), left: left.map(json) }, () =>
        [
          ...retried.map((each) => line(each, commandLine)),
          ...(queued.length === 0 ? [] : [`${queued.length} queued, ${left.length} left as they are`]),
        ].join("\n"),
      );
      if (queued.length === 0)
        throw new Error(`there is nothing to retry: ${whyNothing(retried, collector, commandLine)}`);
    });
}

function json({ event, eventId, collector, became }: RetriedDelivery): object {
  return { event, eventId, collector, ...(became !== "queued" && { why: became }) };
}

function line({ event, eventId, collector, became }: RetriedDelivery, commandLine: CommandLine): string {
  const what = {
    queued: "is queued",
    delivered: "is delivered already",
    paused: `is left: the collector is paused; \`${commandLine("collectors resume", collector)}\` first`,
    deleted: "is left: the collector was deleted",
  };
  return printable(`${event} ${eventId} to ${collector} ${what[became]}`);
}

function whyNothing(left: readonly RetriedDelivery[], collector: string | undefined, commandLine: CommandLine): string {
  if (left.length === 0) return collector === undefined ? "nobody gets it" : `nothing of it goes to ${collector}`;
  if (left.every(({ became }) => became === "delivered")) return "all of it is delivered";
  const paused = [...new Set(left.filter(({ became }) => became === "paused").map(({ collector }) => collector))];
  if (paused.length > 0) {
    const resumes = paused.map((name) => `\`${commandLine("collectors resume", name)}\``);
    return `paused: ${paused.join(", ")}; ${resumes.join(", ")} first`;
  }
  return "whoever does not have it was deleted";
}
