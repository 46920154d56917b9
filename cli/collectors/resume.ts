import type { Command } from "commander";
import { commandLineFor } from "../command-line.ts";
import { print } from "../output.ts";
import { withStores } from "../stores.ts";

export function addResume(collectors: Command): void {
  collectors
    .command("resume")
    .description("end a collector's pause; new deliveries go to it again")
    .argument("<name>")
    .addHelpText(
      "after",
      `
Examples:
  flashpoint --local collectors resume hook`,
    )
    .action(async (name: string, _options: object, command: Command) => {
      const redrive = commandLineFor(command)("deliveries redrive --collector", name);
      const before = await withStores(command, async ({ collectorStore, collectorHealth }) => {
        const stored = await collectorStore.get(name);
        await collectorHealth.resume(name);
        return stored?.health.paused;
      });
      const wasPaused = before !== undefined;
      print(command, { name, paused: false, wasPaused, redrive }, () => {
        if (!wasPaused) return `${name}: collector was not paused`;
        return [
          `${name}: collector resumed, paused since ${before.at}`,
          `What went to the dead letters meanwhile is sent by \`${redrive}\`.`,
        ].join("\n");
      });
    });
}
