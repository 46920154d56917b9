import type { Command } from "commander";
import { describeFault, NotFound } from "../../shared/errors.ts";
import type { Policy } from "../../shared/policies/policy.ts";
import type { StoredPolicy } from "../../shared/policies/policy-item.ts";
import { commandLineFor } from "../command-line.ts";
import { print } from "../output.ts";
import { withStores } from "../stores.ts";
import { printable } from "../terminal/printable.ts";

export function addGet(policies: Command): void {
  policies
    .command("get")
    .description("print a service's policy as a policy file")
    .argument("<service>")
    .addHelpText("after", "\nExamples:\n  flashpoint --local policies get checkout > policy.yaml")
    .action(async (serviceName: string, _options: object, command: Command) => {
      const stored = await withStores(command, ({ policyStore }) => policyStore.get(serviceName));
      if (stored === undefined) {
        const set = commandLineFor(command)("policies set", serviceName, "-f", "FILE");
        throw new NotFound(`${serviceName} has no policy; \`${set}\` makes one`);
      }
      if (stored.state === "invalid") throw new Error(invalidText(stored));
      const { yamlText } = await import("../yaml-text.ts");
      const { policyFileOf } = await import("../../shared/policies/policy-file.ts");
      const { policy } = stored;
      print(
        command,
        { ...policy, ...policyFileOf(policy) },
        () => `# ${headingOf(policy)}\n# uuid ${policy.uuid}\n${yamlText(policyFileOf(policy))}`,
      );
    });
}

/** One line, whatever somebody typed into the item: it stands in a comment. */
function headingOf({ serviceName, revision, updatedAt, updatedBy }: Policy): string {
  return printable(`${serviceName}: revision ${revision}, ${updatedAt || "no date"} by ${updatedBy || "nobody named"}`);
}

function invalidText({ serviceName, faults }: Extract<StoredPolicy, { state: "invalid" }>): string {
  const lines = faults.map((fault) => `  ${describeFault(fault)}`);
  return [`the policy of ${serviceName} is invalid, so agents do not get it:`, ...lines].join("\n");
}
