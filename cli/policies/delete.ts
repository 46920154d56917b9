import type { Command } from "commander";
import { NotFound } from "../../shared/errors.ts";
import { print } from "../output.ts";
import { withStores } from "../stores.ts";
import { addYesOption, confirmed } from "../terminal/confirm.ts";
import { printable } from "../terminal/printable.ts";

export function addDelete(policies: Command): void {
  addYesOption(
    policies
      .command("delete")
      .description("delete a service's policy; its agents stop watching")
      .argument("<service>", "name of the service, as its agents report it"),
  )
    .addHelpText(
      "after",
      `
What it was stays in its history, and policies rollback brings it back.

Examples:
  flashpoint --local policies delete checkout
  flashpoint --local policies delete checkout --yes`,
    )
    .action(async (serviceName: string, _options: object, command: Command) => {
      const revision = await withStores(command, async ({ policyChanges }) => {
        const changes = policyChanges();
        const seen = await changes.table.see(serviceName);
        if (seen === undefined) throw new NotFound(`${serviceName} has no policy`);
        if (!(await confirmed(command, `Delete the policy of ${serviceName}?`))) throw new Error("nothing was deleted");
        const { writeChange } = await import("./write-change.ts");
        return writeChange(changes, { serviceName, seen, content: undefined });
      });
      print(
        command,
        { serviceName, deleted: true, revision },
        () => `${printable(serviceName)}: policy deleted, revision ${revision}`,
      );
    });
}
