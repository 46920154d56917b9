import type { Command } from "commander";
import { NotFound } from "../../shared/errors.ts";
import { print } from "../output.ts";
import { isForPrograms } from "../output-format.ts";
import { withStores } from "../stores.ts";
import { addYesOption, confirmed } from "../terminal/confirm.ts";
import { printable } from "../terminal/printable.ts";
import { parseRevision } from "./history.ts";
import { showBeforeAsking } from "./show-before-asking.ts";

export function addRollback(policies: Command): void {
  addYesOption(
    policies
      .command("rollback")
      .description("have a policy of the history again, as a new revision; asks on a terminal")
      .argument("<service>", "name of the service, as its agents report it")
      .requiredOption("--to <revision>", "revision to go back to, as policies history shows it", parseRevision),
  )
    .addHelpText(
      "after",
      `
Of a service whose policy was deleted it brings the policy back.

Examples:
  flashpoint --local policies rollback checkout --to 3
  flashpoint --local policies rollback checkout --to 3 --yes`,
    )
    .action((serviceName: string, { to }: { to: number }, command: Command) =>
      withStores(command, async ({ policyChanges }) => {
        const [
          { readPast },
          { contentOfRevision },
          { plannedChange },
          { changeText },
          { changeJson },
          { writeChange },
        ] = await Promise.all([
          import("../../shared/policies/history/past.ts"),
          import("./past-text.ts"),
          import("../../shared/policies/plan/policy-plan.ts"),
          import("./plan-text.ts"),
          import("./plan-json.ts"),
          import("./write-change.ts"),
        ]);
        const changes = policyChanges();
        const past = await readPast(changes, serviceName);
        if (past.length === 0) throw new NotFound(`${serviceName} has no policy and had none`);
        const { content } = contentOfRevision(past, to);
        const seen = await changes.table.see(serviceName);
        const change = plannedChange({ serviceName, seen, content });
        if (change === undefined) {
          print(
            command,
            { serviceName, rolledBackTo: to, revision: null, change: null },
            () => `${printable(serviceName)}: the policy is as revision ${to} already`,
          );
          return;
        }
        if (!isForPrograms(command)) print(command, null, () => `${changeText(change)}\n`);
        showBeforeAsking(command, changeText(change));
        if (!(await confirmed(command, `Have revision ${to} of ${serviceName} again?`))) {
          throw new Error("nothing was rolled back");
        }
        const revision = await writeChange(changes, change);
        const value = { serviceName, rolledBackTo: to, revision, change: changeJson(change) };
        print(
          command,
          value,
          () => `${printable(serviceName)}: policy of revision ${to} set again, as revision ${revision}`,
        );
      }),
    );
}
