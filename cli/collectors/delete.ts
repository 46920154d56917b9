import type { Command } from "commander";
import { print } from "../output.ts";
import { withStores } from "../stores.ts";

export function addDelete(collectors: Command): void {
  collectors
    .command("delete")
    .description("delete a collector; its pending deliveries are dropped")
    .argument("<name>")
    .action(async (name: string, _options: object, command: Command) => {
      await withStores(command, ({ collectorStore }) => collectorStore.delete(name));
      print(command, { name, deleted: true }, () => `${name}: collector deleted`);
    });
}
