import type { Command } from "commander";
import { explain, MISUSED } from "../exit.ts";
import { print } from "../output.ts";
import { isForPrograms } from "../output-format.ts";
import { complain } from "../terminal/complain.ts";
import { checkPolicySet, invalidSet } from "./policy-set-input.ts";
import { complainOfWarnings } from "./warnings.ts";

export function addValidate(policies: Command): void {
  policies
    .command("validate")
    .description("check policy files without setting anything; needs no engine")
    .requiredOption("-f, --file <file...>", "policy files, and folders of them; - for standard input")
    .option("--strict", "fail where there are warnings too")
    .addHelpText(
      "after",
      `
Examples:
  flashpoint policies validate -f policy.yaml
  flashpoint policies validate --strict -f policies/ templates.yaml

Faults and warnings are told on standard error; with --json they are part of what is printed. Exit codes: 0 valid, 2 not
valid, with --strict also where there are warnings. The comment \`# flashpoint: allow RULE\` silences a warning of its line.`,
    )
    .action(async ({ file: paths, strict = false }: { file: string[]; strict?: boolean }, command: Command) => {
      const checked = await checkPolicySet(paths);
      const { subject, policies, faults, warnings } = checked;
      const isRefused = faults.length > 0 || (strict && warnings.length > 0);
      if (isRefused) process.exitCode = MISUSED;
      if (!isForPrograms(command)) {
        if (faults.length > 0) complain(`flashpoint: ${explain(invalidSet(checked), {}).message}\n`);
        complainOfWarnings(warnings);
        if (isRefused && faults.length === 0)
          complain(`flashpoint: ${subject} has warnings, and --strict allows none\n`);
      }
      const { policyUuid } = await import("../../shared/policies/policy-uuid.ts");
      const value = {
        valid: faults.length === 0,
        policies: policies.map(({ serviceName, targets, budget = null, place }) => ({
          serviceName,
          uuid: policyUuid(targets),
          ...place,
          budget,
          targets,
        })),
        faults,
        warnings: warnings.map(({ rule, place, path, problem }) => ({ rule, ...place, path, problem })),
      };
      const count = policies.length === 1 ? "" : `, ${policies.length} services`;
      print(command, value, () => (isRefused ? "" : `${subject}: valid${count}`));
    });
}
