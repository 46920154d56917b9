import type { Command } from "commander";
import type { OpenLetter, RedriveReport } from "../../shared/deliveries/redrive.ts";
import { NotFound } from "../../shared/errors.ts";
import type { QueueId } from "../../shared/resources.ts";
import { FAILED } from "../exit.ts";
import { print } from "../output.ts";
import { startProgress } from "../progress.ts";
import { parseSince } from "../since.ts";
import { type Stores, withStores } from "../stores.ts";
import { untilStopped } from "../until-stopped.ts";
import { redriveJson, redriveText } from "./redrive-text.ts";

interface Options {
  collector?: string;
  reports?: boolean;
  since?: number;
  dryRun?: boolean;
}

/** Which dead letters are meant, and how each is read. */
interface Letters {
  queue: QueueId;
  open: OpenLetter;
}

export function addRedrive(deliveries: Command): void {
  deliveries
    .command("redrive")
    .description("send dead letters on their way again, each with its event's id of before")
    .option("--collector <name>", "deliveries to this collector")
    .option("--reports", "reports and profiles that could not be dispatched to anybody")
    .option("--since <time>", "only letters put there since: 30s, 15m, 12h, 5d ago, or an ISO time", (text) =>
      parseSince(text),
    )
    .option("--dry-run", "say what would be sent, and change nothing")
    .addHelpText(
      "after",
      `
It can be stopped at any time and run again. Letters of others stay where they are.

Examples:
  flashpoint --local deliveries redrive --collector hook --dry-run
  flashpoint --local deliveries redrive --collector hook --since 2d
  flashpoint --local deliveries redrive --reports`,
    )
    .action(async (options: Options, command: Command) => {
      const { collector, reports, since: sinceMs, dryRun: isDryRun = false } = options;
      if (collector === undefined && !reports) {
        command.error(
          "error: it takes --collector NAME, or --reports; `deliveries list --status dead` names collectors",
        );
      }
      if (collector !== undefined && reports) {
        command.error("error: option '--reports' cannot be used with option '--collector <name>'");
      }
      const report = await withStores(command, async (stores) => {
        const { queue, open } = collector === undefined ? await ofReports(stores) : await of(collector, stores);
        return run(command, stores, { queue, open }, { isDryRun, ...(sinceMs !== undefined && { sinceMs }) });
      });
      const what = collector === undefined ? { reports: true } : { collector };
      print(command, { ...what, isDryRun, ...redriveJson(report) }, () => redriveText(report, { isDryRun, collector }));
      if (report.isStopped) process.exitCode = FAILED;
    });
}

async function run(
  command: Command,
  { stack, sqs }: Stores,
  { queue, open }: Letters,
  options: { isDryRun: boolean; sinceMs?: number },
): Promise<RedriveReport> {
  const [{ redrive }, { createQueueReader }, { deadLetterQueueName }] = await Promise.all([
    import("../../shared/deliveries/redrive.ts"),
    import("../../shared/aws/queue-reader.ts"),
    import("../../shared/resources.ts"),
  ]);
  const letters = createQueueReader(sqs, deadLetterQueueName(stack, queue));
  const { json } = command.optsWithGlobals<{ json?: boolean }>();
  const progress = json ? undefined : startProgress(process.stderr, "dead letters");
  try {
    return await untilStopped((signal) =>
      redrive({
        ...{ letters, open, signal, startedAt: Date.now() },
        onProgress: ({ looked, expected }) => progress?.show(looked, expected),
        ...options,
      }),
    );
  } finally {
    progress?.end();
  }
}

/** @throws NotFound if there is no such collector; an Error if it is paused, since all would come back at once. */
async function of(collector: string, stores: Stores): Promise<Letters> {
  const stored = await stores.collectorStore.get(collector);
  if (stored === undefined) throw new NotFound(`there is no collector named ${collector}`);
  const { paused } = stored.health;
  if (paused !== undefined) {
    throw new Error(
      `${collector} is paused since ${paused.at}: ${paused.reason}\nresume it first: \`flashpoint collectors resume ${collector}\``,
    );
  }
  const [{ openDeliveriesOf }, { createDeliveryRestarter }] = await Promise.all([
    import("../../shared/deliveries/open-letter.ts"),
    import("../../shared/deliveries/restart-delivery.ts"),
  ]);
  const restarter = createDeliveryRestarter(stores);
  return { queue: "deliveries", open: openDeliveriesOf(collector, { restarter, queue: stores.deliveryQueue }) };
}

async function ofReports({ stack, sqs }: Stores): Promise<Letters> {
  const [{ openReports }, { createQueue }, { queueName }] = await Promise.all([
    import("../../shared/deliveries/open-letter.ts"),
    import("../../shared/aws/queue.ts"),
    import("../../shared/resources.ts"),
  ]);
  return { queue: "tasks", open: openReports(createQueue(sqs, queueName(stack, "tasks"))) };
}
