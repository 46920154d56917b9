import type { Command } from "commander";
import { print } from "../output.ts";

export function addSchema(policies: Command): void {
  policies
    .command("schema")
    .description("print the JSON Schema of policy files, for editors")
    .addHelpText(
      "after",
      `
Example:
  flashpoint policies schema > policies/policy-file.schema.json

With that file beside it, and this as its first line, a policy file is completed and checked as you type, where the editor
has a YAML language server:
  # yaml-language-server: $schema=policy-file.schema.json`,
    )
    .action(async (_options: object, command: Command) => {
      const { policySchema } = await import("../../shared/policies/set/policy-schema.ts");
      const schema = policySchema();
      print(command, schema, () => JSON.stringify(schema, null, 2));
    });
}
