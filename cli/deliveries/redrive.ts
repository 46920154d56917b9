import type { Command } from "commander";
import type { Pause } from "../../shared/collectors/collector-health.ts";
import type { OpenLetter, RedriveReport } from "../../shared/deliveries/redrive.ts";
import type { CommandLine } from "../../shared/diagnosis/command-line.ts";
import { NotFound } from "../../shared/errors.ts";
import type { QueueId } from "../../shared/resources.ts";
import { commandLineFor } from "../command-line.ts";
import { FAILED } from "../exit.ts";
import { print } from "../output.ts";
import { outputFormat } from "../output-format.ts";
import { parseSince } from "../since.ts";
import { type Stores, withStores } from "../stores.ts";
import { startProgress } from "../terminal/progress.ts";
import { exitCodeOf, untilStopped } from "../terminal/until-stopped.ts";
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
  /** That whoever gets them is paused. */
  paused?: Pause | undefined;
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
        const list = commandLineFor(command)("deliveries list --status dead");
        command.error(`error: it takes --collector NAME, or --reports; \`${list}\` names collectors`);
      }
      if (collector !== undefined && reports) {
        command.error("error: option '--reports' cannot be used with option '--collector <name>'");
      }
      const commandLine = commandLineFor(command);
      const { report, paused } = await withStores(command, async (stores) => {
        const { queue, open, paused } = collector === undefined ? await ofReports(stores) : await of(collector, stores);
        // All would come back at once.
        if (collector !== undefined && paused !== undefined && !isDryRun) {
          throw new Error(pausedText(collector, paused, commandLine));
        }
        const since = sinceMs === undefined ? {} : { sinceMs };
        return { report: await run(command, stores, { queue, open }, { isDryRun, ...since }), paused };
      });
      const what = collector === undefined ? { reports: true } : { collector };
      print(command, { ...what, isDryRun, paused: paused ?? null, ...redriveJson(report) }, () =>
        [
          redriveText(report, { isDryRun, isSince: sinceMs !== undefined, collector, commandLine }),
          ...(collector === undefined || paused === undefined ? [] : [pausedText(collector, paused, commandLine)]),
        ].join("\n"),
      );
      if (!report.isStopped && report.notLooked > 0) process.exitCode = FAILED;
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
  const isForPrograms = outputFormat(command) !== "table";
  const progress = isForPrograms ? undefined : startProgress(process.stderr, "dead letters");
  try {
    return await untilStopped((signal) => {
      signal.addEventListener("abort", () => {
        process.exitCode = exitCodeOf(signal.reason);
      });
      return redrive({
        ...{ letters, open, signal, startedAt: Date.now() },
        onProgress: ({ looked, expected }) => progress?.show(looked, expected),
        ...options,
      });
    });
  } finally {
    progress?.end();
  }
}

function pausedText(collector: string, { at, reason }: Pause, commandLine: CommandLine): string {
  const resume = commandLine("collectors resume", collector);
  return `${collector} is paused since ${at}: ${reason}\nresume it first: \`${resume}\``;
}

/** @throws NotFound if there is no such collector. */
async function of(collector: string, stores: Stores): Promise<Letters> {
  const stored = await stores.collectorStore.get(collector);
  if (stored === undefined) throw new NotFound(`there is no collector named ${collector}`);
  const [{ openDeliveriesOf }, { createDeliveryRestarter }] = await Promise.all([
    import("../../shared/deliveries/open-letter.ts"),
    import("../../shared/deliveries/restart-delivery.ts"),
  ]);
  const restarter = createDeliveryRestarter(stores);
  const open = openDeliveriesOf(collector, { restarter, queue: stores.deliveryQueue });
  return { queue: "deliveries", open, paused: stored.health.paused };
}

async function ofReports({ stack, sqs }: Stores): Promise<Letters> {
  const [{ openReports }, { createQueue }, { queueName }] = await Promise.all([
    import("../../shared/deliveries/open-letter.ts"),
    import("../../shared/aws/queue.ts"),
    import("../../shared/resources.ts"),
  ]);
  return { queue: "tasks", open: openReports(createQueue(sqs, queueName(stack, "tasks"))) };
}
