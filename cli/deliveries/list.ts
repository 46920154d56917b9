import { type Command, InvalidArgumentError, Option } from "commander";
import { DELIVERY_STATUSES, type Delivery } from "../../shared/deliveries/delivery.ts";
import { print, table } from "../output.ts";
import { parseSince } from "../since.ts";
import { withStores } from "../stores.ts";
import { readDeliveryRows } from "./delivery-row.ts";

const MOST = 10_000;

interface Options {
  collector?: string;
  status?: Delivery["status"][];
  service?: string;
  since?: number;
  limit: number;
}

export function addList(deliveries: Command): void {
  deliveries
    .command("list")
    .description("list deliveries of the newest tasks and their profiles, newest task first")
    .option("--collector <name>", "to this collector only")
    .addOption(
      new Option("--status <status>", "that stand so, repeatable")
        .choices(DELIVERY_STATUSES)
        .argParser((status: string, before: string[] = []) => [...before, statusNamed(status)]),
    )
    .option("--service <name>", "of this service only")
    .option("--since <time>", "of tasks reported since: 30s, 15m, 12h, 5d ago, or an ISO time", (text) =>
      parseSince(text),
    )
    .option("--limit <number>", `how many at most, 1 to ${MOST}`, wholeNumber, 50)
    .addHelpText(
      "after",
      `
Examples:
  flashpoint --local deliveries list --status dead --status retrying
  flashpoint --local deliveries list --collector hook --since 12h --limit 500`,
    )
    .action(async ({ collector, status, service, since, limit }: Options, command: Command) => {
      const query = {
        ...(collector !== undefined && { collector }),
        ...(status !== undefined && { statuses: status }),
        ...(service !== undefined && { serviceName: service }),
        ...(since !== undefined && { sinceMs: since }),
      };
      // One more tells whether there are more.
      const found = await withStores(command, (stores) => readDeliveryRows(stores, query, limit + 1));
      const rows = found.slice(0, limit);
      const isCutOff = found.length > limit;
      print(command, { deliveries: rows, isCutOff }, () => {
        if (rows.length === 0) return "There is no such delivery.";
        const cells = rows.map(({ event, taskId, serviceName, collector, status, attempts, at, lastError }) => {
          return [event, taskId, serviceName, collector, status, String(attempts), at, lastError ?? "-"];
        });
        const headings = ["EVENT", "TASK", "SERVICE", "COLLECTOR", "STATUS", "ATTEMPTS", "AT", "REASON"];
        const end = isCutOff ? `\nStopped after ${limit}; there are more: --limit shows them.` : "";
        return `${table(headings, cells)}${end}`;
      });
    });
}

function statusNamed(text: string): Delivery["status"] {
  const status = DELIVERY_STATUSES.find((known) => known === text);
  if (status === undefined) throw new InvalidArgumentError(`It takes one of ${DELIVERY_STATUSES.join(", ")}.`);
  return status;
}

function wholeNumber(text: string): number {
  const value = Number(text);
  if (!/^\d+$/.test(text) || value < 1 || value > MOST)
    throw new InvalidArgumentError(`It takes a whole number from 1 to ${MOST}.`);
  return value;
}
