import type { Command } from "commander";
import { print } from "../output.ts";
import { withStores } from "../stores.ts";

export function addPause(collectors: Command): void {
  collectors
    .command("pause")
    .description("hold a collector's deliveries back: they go to the dead letters until it is resumed")
    .argument("<name>")
    .option("--reason <text>", "shown wherever the pause is", "paused by the operator")
    .addHelpText(
      "after",
      `
Example:
  flashpoint --local collectors pause hook --reason 'moves to another machine'`,
    )
    .action(async (name: string, { reason }: { reason: string }, command: Command) => {
      await withStores(command, ({ collectorHealth }) => collectorHealth.pause(name, reason));
      print(command, { name, paused: true, reason }, () => {
        return `${name}: collector paused; its deliveries go to the dead letters until \`collectors resume ${name}\``;
      });
    });
}
