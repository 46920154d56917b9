import type { Command } from "commander";
import { print } from "../output.ts";
import { withStores } from "../stores.ts";
import { printable } from "../terminal/printable.ts";
import { currentUser } from "./current-user.ts";
import { readPolicyFile } from "./policy-file-input.ts";
import { refuseBadServiceName } from "./service-name.ts";

export function addSet(policies: Command): void {
  policies
    .command("set")
    .description("set a service's policy from a file")
    .argument("<service>", "name of the service, as its agents report it")
    .requiredOption("-f, --file <file>", "policy file: YAML as swctl takes it, or JSON; - for standard input")
    .addHelpText("after", "\nExamples:\n  flashpoint --local policies set checkout -f policy.yaml")
    .action(async (serviceName: string, { file }: { file: string }, command: Command) => {
      refuseBadServiceName(serviceName);
      const { targets, budget } = await readPolicyFile(file, serviceName);
      const policy = await withStores(command, ({ policyStore }) =>
        policyStore.put(serviceName, targets, { updatedBy: currentUser(), budget }),
      );
      print(
        command,
        policy,
        () =>
          `${printable(serviceName)}: policy set, revision ${policy.revision}; agents have it with their next poll or the one after`,
      );
    });
}
