import type { Command } from "commander";
import type { Policy } from "../../shared/policies/policy.ts";
import { commandLineFor } from "../command-line.ts";
import { print } from "../output.ts";
import { withStores } from "../stores.ts";
import { table } from "../terminal/table.ts";

export function addList(policies: Command): void {
  policies
    .command("list")
    .description("list all policies, invalid ones too")
    .addHelpText(
      "after",
      `
Examples:
  flashpoint --local policies list
  flashpoint policies list -o json | jq -r '.[].policy.serviceName'`,
    )
    .action(async (_options: object, command: Command) => {
      const stored = await withStores(command, ({ policyStore }) => policyStore.list());
      print(command, stored, () => {
        if (stored.length === 0)
          return `There are no policies; \`${commandLineFor(command)("policies set SERVICE -f FILE")}\` makes one.`;
        const rows = stored.map((entry) =>
          entry.state === "valid"
            ? [
                entry.policy.serviceName,
                checksOf(entry.policy),
                entry.policy.budget === undefined ? "-" : String(entry.policy.budget.maxActive),
                String(entry.policy.revision),
                entry.policy.updatedAt || "-",
                entry.policy.updatedBy || "-",
              ]
            : [
                entry.serviceName,
                `INVALID, not served; faults: ${entry.faults.length} (see policies get)`,
                "-",
                "-",
                "-",
                "-",
              ],
        );
        return table(["SERVICE", "CHECKS", "BUDGET", "REVISION", "UPDATED", "BY"], rows);
      });
    });
}

function checksOf({ targets }: Policy): string {
  return Object.entries(targets)
    .map(([target, checks]) => {
      const each = Object.entries(checks).map(
        ([type, { threshold, count, period }]) => `${type}≥${threshold} ${count}/${period}s`,
      );
      return `${target}: ${each.join(", ")}`;
    })
    .join("; ");
}
