import type { Command } from "commander";
import { print } from "../output.ts";
import { withStores } from "../stores.ts";

export function addDelete(policies: Command): void {
  policies
    .command("delete")
    .description("delete a service's policy; its agents stop watching")
    .argument("<service>")
    .addHelpText(
      "after",
      `
Examples:
  flashpoint --local policies delete checkout`,
    )
    .action(async (serviceName: string, _options: object, command: Command) => {
      await withStores(command, ({ policyStore }) => policyStore.delete(serviceName));
      print(command, { serviceName, deleted: true }, () => `${serviceName}: policy deleted`);
    });
}
