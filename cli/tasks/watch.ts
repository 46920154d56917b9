import { setTimeout as delay } from "node:timers/promises";
import type { Command } from "commander";
import type { TaskWatch } from "../../shared/diagnosis/task-watch.ts";
import { Unavailable } from "../../shared/errors.ts";
import { explain } from "../exit.ts";
import { isForPrograms } from "../output-format.ts";
import { printLine } from "../print-line.ts";
import { parseSince } from "../since.ts";
import { type Stores, withStores } from "../stores.ts";
import { complain } from "../terminal/complain.ts";
import { hideSpinner } from "../terminal/spinner.ts";
import { endedBefore, untilStopped } from "../terminal/until-stopped.ts";

const EVERY_MS = 2_000;

interface Options {
  service?: string;
  since?: number;
}

export function addWatch(tasks: Command): void {
  tasks
    .command("watch")
    .description("show tasks as they are reported, and their deliveries as they end, until Ctrl-C")
    .option("--service <name>", "of this service only")
    .option("--since <time>", "begin with tasks reported since: 30s, 15m, 12h, 5d ago, or an ISO time", (text) =>
      parseSince(text),
    )
    .addHelpText(
      "after",
      `
Times are in UTC. The end of an id is enough for \`tasks show\`. Deliveries of profiles are not shown; \`tasks show\` has them.
With --json each line is an object, {"event":"task",…} or {"event":"delivery",…}.
While the engine is away it says so once on standard error and goes on; what was missed is shown afterwards.

Examples:
  flashpoint --local tasks watch
  flashpoint --stack flashpoint tasks watch --service checkout --since 15m
  flashpoint --stack flashpoint tasks watch --json | jq -r 'select(.status == "dead")'`,
    )
    .action((options: Options, command: Command) =>
      untilStopped(async (stopped) => {
        const over = AbortSignal.any([stopped, readerLeft()]);
        await withStores(command, async (stores) => {
          const watch = await openWatch(stores, options);
          await endedBefore(over, watchOn(command, watch, over));
        });
      }),
    );
}

async function openWatch({ aws, stack, taskStore }: Stores, { service, since }: Options): Promise<TaskWatch> {
  const [{ createTaskWatch }, { createRecordedTasks }, { tableName }] = await Promise.all([
    import("../../shared/diagnosis/task-watch.ts"),
    import("../../shared/diagnosis/recorded-tasks.ts"),
    import("../../shared/resources.ts"),
  ]);
  const recorded = createRecordedTasks({ documents: aws.documents, table: tableName(stack, "tasks") });
  return createTaskWatch({ recorded, taskStore, serviceName: service, sinceMs: since });
}

/** @throws if the very first look fails; later ones are made up for. */
async function watchOn(command: Command, watch: TaskWatch, over: AbortSignal): Promise<void> {
  const { newsJson, newsText } = await import("./news-line.ts");
  if (process.stderr.isTTY && !isForPrograms(command)) complain("Waiting for tasks; Ctrl-C ends it.\n");
  let isFirst = true;
  let isAway = false;
  while (!over.aborted) {
    try {
      for await (const news of watch.news()) {
        if (over.aborted) return;
        printLine(command, newsJson(news), () => newsText(news));
      }
      if (isAway) complain("flashpoint: it answers again\n");
      isFirst = false;
      hideSpinner(); // from here on nothing is waited for that has to come
      isAway = false;
    } catch (error) {
      if (over.aborted) return;
      if (isFirst || !(error instanceof Unavailable)) throw error;
      if (!isAway) complain(`flashpoint: ${explain(error, {}).message.split("\n")[0]}; still trying\n`);
      isAway = true;
    }
    await delay(EVERY_MS, undefined, { signal: over }).catch(() => {});
  }
}

/** Whoever reads us, `head` for instance, may have seen enough. */
function readerLeft(): AbortSignal {
  const left = new AbortController();
  process.stdout.once("error", () => left.abort());
  return left.signal;
}
