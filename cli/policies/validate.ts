import type { Command } from "commander";
import { print } from "../output.ts";
import { readPolicyFile } from "./policy-file-input.ts";

export function addValidate(policies: Command): void {
  policies
    .command("validate")
    .description("check a policy file without setting anything; needs no engine")
    .requiredOption("-f, --file <file>", "policy file; - for standard input")
    .addHelpText(
      "after",
      `
Examples:
  flashpoint policies validate -f policy.yaml
  cat policy.yaml | flashpoint policies validate -f -`,
    )
    .action(async ({ file }: { file: string }, command: Command) => {
      const content = await readPolicyFile(file);
      const { policyUuid } = await import("../../shared/policies/policy-uuid.ts");
      print(
        command,
        { valid: true, uuid: policyUuid(content.targets), ...content },
        () => `${file === "-" ? "standard input" : file}: valid`,
      );
    });
}
