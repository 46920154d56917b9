import { setTimeout as delay } from "node:timers/promises";
import { type Command, InvalidArgumentError } from "commander";
import { commandLineFor } from "../command-line.ts";
import { FAILED } from "../exit.ts";
import { addServerOption } from "../live-values.ts";
import { print } from "../output.ts";
import { isForPrograms } from "../output-format.ts";
import { type Stores, withStores } from "../stores.ts";
import { clearScreen } from "../terminal/clear-screen.ts";
import { endedBefore, untilStopped } from "../terminal/until-stopped.ts";
import type { SeenLine } from "./lines.ts";

const EVERY_SECONDS = 5;
const MOST_SECONDS = 3_600;

export function addStatus(status: Command): void {
  addServerOption(status)
    .option("--watch [seconds]", `look again every so often, on a terminal; ${EVERY_SECONDS} if not said`, seconds)
    .addHelpText(
      "after",
      `
What does not answer is said in its line, and the others are shown all the same.
Exit codes: 0 everything answers, 1 something does not. With --watch, which Ctrl-C ends, 0.

Examples:
  flashpoint --local status
  flashpoint --stack flashpoint status --watch 10
  flashpoint --stack flashpoint status --json`,
    )
    .action(async ({ watch }: { watch?: true | number }, command: Command) => {
      if (watch === undefined) return withStores(command, (stores) => look(command, stores));
      refuseWithoutTerminal(command);
      const everyMs = 1_000 * (watch === true ? EVERY_SECONDS : watch);
      await untilStopped((signal) =>
        withStores(command, async (stores) => {
          while (!signal.aborted) {
            await endedBefore(signal, look(command, stores, signal));
            await delay(everyMs, undefined, { signal }).catch(() => {});
          }
        }),
      );
      // Whatever is still asked is not waited for.
      process.stdout.write("", () => process.exit(0));
    });
}

/** Looks once and shows it. @param watched where it is one look of many: it draws over the last one, and nothing once stopped. */
async function look(command: Command, stores: Stores, watched?: AbortSignal): Promise<void> {
  const now = Date.now();
  const [{ lookAtAll }, { sourcesOf }, { screenText }] = await Promise.all([
    import("./lines.ts"),
    import("./sources.ts"),
    import("./screen.ts"),
    // What loads late counts as time that something takes to answer.
    import("../door/ask-grpc.ts"),
    import("../door/ask-http.ts"),
    import("../../shared/diagnosis/bucket-answers.ts"),
  ]);
  const lines = await lookAtAll(sourcesOf(command, stores, now), commandLineFor(command));
  const answers = lines.every(({ shown }) => shown.state !== "bad");
  if (watched?.aborted) return;
  if (watched !== undefined) clearScreen();
  print(command, statusJson(stores, now, answers, lines), () =>
    screenText(headOf(command, stores, now), lines, process.stdout.columns || undefined),
  );
  if (!answers) process.exitCode = FAILED;
}

/** The shape that --json prints: what each line has found, by its name; for null, `away` says by the same name why. */
function statusJson({ stack }: Stores, now: number, answers: boolean, lines: readonly SeenLine[]): object {
  const found = Object.fromEntries(lines.map(({ name, facts }) => [name, facts]));
  const away = Object.fromEntries(lines.flatMap((line) => (line.away === undefined ? [] : [[line.name, line.away]])));
  return { at: new Date(now).toISOString(), stack, answers, away, ...found };
}

function headOf(command: Command, { stack, deployed }: Stores, now: number): string {
  const { local } = command.optsWithGlobals<{ local?: boolean }>();
  const where =
    deployed === undefined ? (local ? "on this machine" : "in AWS") : `in ${deployed.region}, ${deployed.status}`;
  return `${deployed?.name ?? stack} ${where}, ${new Date(now).toISOString().slice(0, 19).replace("T", " ")} UTC`;
}

function refuseWithoutTerminal(command: Command): void {
  if (!process.stdout.isTTY || isForPrograms(command))
    command.error("error: option '--watch' draws on a terminal; for a program, ask for --json as often as you like");
}

function seconds(text: string): number {
  const value = Number(text);
  if (!/^\d+$/.test(text) || value < 1 || value > MOST_SECONDS)
    throw new InvalidArgumentError(`It takes whole seconds from 1 to ${MOST_SECONDS}.`);
  return value;
}
