import { type Command, InvalidArgumentError, Option } from "commander";
import { DELIVERY_STATUSES, type Delivery } from "../../shared/deliveries/delivery.ts";
import { shortText } from "../../shared/diagnosis/short-text.ts";
import { NotFound } from "../../shared/errors.ts";
import { commandLineFor } from "../command-line.ts";
import { print } from "../output.ts";
import { parseSince } from "../since.ts";
import { type Stores, withStores } from "../stores.ts";
import { table } from "../terminal/table.ts";
import { adviceLines } from "./advice-lines.ts";
import { type DeliveryRow, readDeliveryRows } from "./delivery-row.ts";
import { nextText } from "./next-text.ts";

const MOST = 10_000;
const PROFILE_ID_END = 6;

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
      const { rows, isCutOff, advice } = await withStores(command, async (stores) => {
        // One more tells whether there are more.
        const found = await readDeliveryRows(stores, query, limit + 1);
        if (collector !== undefined && found.length === 0) await refuseUnknown(collector, stores);
        const rows = found.slice(0, limit);
        const asked = collector === undefined ? [] : [{ collector, status: "delivered" as const }];
        const { collectorStore } = stores;
        const lines = { collectorStore, commandLine: commandLineFor(command) };
        return { rows, isCutOff: found.length > limit, advice: await adviceLines([...rows, ...asked], lines) };
      });
      print(command, { deliveries: rows, isCutOff }, () =>
        [
          rows.length === 0 ? "There is no such delivery." : tableOf(rows, Date.now()),
          ...(isCutOff ? [cutOffText(limit)] : []),
          ...advice,
        ].join("\n"),
      );
    });
}

function tableOf(rows: readonly DeliveryRow[], now: number): string {
  const headings = ["EVENT", "TASK", "SERVICE", "COLLECTOR", "STATUS", "ATTEMPTS", "AT", "NEXT", "REASON"];
  const cells = rows.map((row) => [
    eventText(row),
    row.taskId,
    row.serviceName,
    row.collector,
    row.status,
    String(row.attempts),
    row.at,
    nextText(row, now) ?? "-",
    shortText(row.lastError ?? "-"),
  ]);
  return table(headings, cells);
}

/** A task may have hundreds of profiles; their ids begin with the time and end with what tells them apart. */
function eventText({ event, profileId }: DeliveryRow): string {
  return profileId === null ? event : `${event} …${profileId.slice(-PROFILE_ID_END)}`;
}

function cutOffText(limit: number): string {
  const advice =
    limit < MOST ? "--limit shows them" : "choose by --collector, --status, --service or --since to see them";
  return `Stopped after ${limit}; there are more: ${advice}.`;
}

/** @throws NotFound if there is neither a collector of that name nor any delivery to one. */
async function refuseUnknown(collector: string, stores: Stores): Promise<void> {
  if ((await stores.collectorStore.get(collector)) !== undefined) return;
  if ((await readDeliveryRows(stores, { collector }, 1)).length > 0) return;
  throw new NotFound(`there is no collector named ${collector}, nor any delivery to one`);
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
