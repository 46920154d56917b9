import type { Command } from "commander";
import type { Policy } from "../../shared/policies/policy.ts";
import { commandLineFor } from "../command-line.ts";
import { print, table } from "../output.ts";
import { withStores } from "../stores.ts";
import { shortened } from "./shortened.ts";

/** What a row has beside the checks, about: more than two names, and a date. */
const OTHER_COLUMNS = 70;
const LEAST_CHECKS = 40;

export function addList(policies: Command): void {
  policies
    .command("list")
    .description("list all policies, invalid ones too")
    .action(async (_options: object, command: Command) => {
      const stored = await withStores(command, ({ policyStore }) => policyStore.list());
      print(command, stored, () => {
        if (stored.length === 0)
          return `There are no policies; \`${commandLineFor(command)("policies set SERVICE -f FILE")}\` makes one.`;
        const rows = stored.map((entry) =>
          entry.state === "valid"
            ? [
                entry.policy.serviceName,
                onOneLine(checksOf(entry.policy)),
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

/** Long policies would fill a terminal; in a pipe they stand in full. */
function onOneLine(checks: string): string {
  if (!process.stdout.isTTY) return checks;
  return shortened(checks, Math.max((process.stdout.columns || 80) - OTHER_COLUMNS, LEAST_CHECKS));
}
