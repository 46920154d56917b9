import type { Command } from "commander";
import { NotFound } from "../../shared/errors.ts";
import { print } from "../output.ts";
import { withStores } from "../stores.ts";
import { addYesOption, confirm } from "../terminal/confirm.ts";

export function addDelete(collectors: Command): void {
  addYesOption(collectors.command("delete"))
    .description("delete a collector; its pending deliveries are dropped; asks first on a terminal")
    .argument("<name>")
    .addHelpText(
      "after",
      `
Examples:
  flashpoint --local collectors delete hook
  flashpoint --stack flashpoint collectors delete hook --yes`,
    )
    .action(async (name: string, _options: object, command: Command) => {
      await withStores(command, async ({ collectorStore }) => {
        if ((await collectorStore.get(name)) === undefined) throw new NotFound(`there is no collector named ${name}`);
        await confirm(command, `Delete collector ${name} and drop its pending deliveries?`);
        await collectorStore.delete(name);
      });
      print(command, { name, deleted: true }, () => `${name}: collector deleted`);
    });
}
