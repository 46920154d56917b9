import type { Command } from "commander";
import { commandLineFor } from "../command-line.ts";
import { print } from "../output.ts";
import { withStores } from "../stores.ts";

/** In characters: it stands beside every delivery that is held back. */
const MAX_REASON = 200;

export function addPause(collectors: Command): void {
  collectors
    .command("pause")
    .description("hold a collector's deliveries back: they go to the dead letters until it is resumed")
    .argument("<name>")
    .option(
      "--reason <text>",
      `shown wherever the pause is, ${MAX_REASON} characters at most`,
      "paused by the operator",
    )
    .addHelpText(
      "after",
      `
Examples:
  flashpoint --local collectors pause hook --reason 'moves to another machine'`,
    )
    .action(async (name: string, { reason }: { reason: string }, command: Command) => {
      const length = [...reason.trim()].length;
      if (length < 1 || length > MAX_REASON) {
        command.error(`error: option '--reason' takes 1 to ${MAX_REASON} characters; it has ${length}`);
      }
      await withStores(command, ({ collectorHealth }) => collectorHealth.pause(name, reason));
      print(command, { name, paused: true, reason }, () => {
        const resume = commandLineFor(command)("collectors resume", name);
        return `${name}: collector paused; its deliveries go to the dead letters until \`${resume}\``;
      });
    });
}
