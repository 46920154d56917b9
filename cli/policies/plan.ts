import type { Command } from "commander";
import { print } from "../output.ts";
import { withStores } from "../stores.ts";

/** What is wrong ends it with 1, wrong usage too: two-is-an-answer.ts. */
const THERE_ARE_CHANGES = 2;

interface Options {
  file: string[];
  prune?: boolean;
  out?: string;
}

export function addPlan(policies: Command): void {
  policies
    .command("plan")
    .description("show what would change to have the policies of files, and change nothing")
    .requiredOption("-f, --file <file...>", "policy files, and folders of them; - for standard input")
    .option("--prune", "delete the policies of services that are not in the files")
    .option("--out <file>", "save the plan, for policies apply --plan")
    .addHelpText(
      "after",
      `
--prune takes the files for all there is: with a part of them, it deletes every service that this part does not have.

Examples:
  flashpoint --local policies plan -f policies/
  flashpoint --local policies plan -f templates.yaml team-a/ --prune
  flashpoint --local policies plan -f policies/ --out today.plan

Exit codes: 0 nothing to change, 1 an error of any kind, 2 there are changes.`,
    )
    .action(async (options: Options, command: Command) => {
      if (await plan(options, command)) process.exitCode = THERE_ARE_CHANGES;
    });
}

/** @returns whether there is something to change. */
async function plan({ file, prune = false, out }: Options, command: Command): Promise<boolean> {
  const { makePlan, readDesired } = await import("./make-plan.ts");
  const desired = await readDesired(file, { prune });
  const [made, table] = await withStores(command, async ({ policyChanges }) => {
    const changes = policyChanges();
    return Promise.all([
      makePlan(changes, desired, { prune }),
      out === undefined ? undefined : changes.table.identity(),
    ]);
  });
  if (out !== undefined && table !== undefined) {
    const [{ savePlan }, { writeWhole }] = await Promise.all([
      import("../../shared/policies/plan/saved-plan.ts"),
      import("./write-file.ts"),
    ]);
    await writeWhole(out, savePlan(made, table, new Date().toISOString()), { mode: 0o600 });
  }
  const [{ planText }, { planJson }, { commandLineFor }] = await Promise.all([
    import("./plan-text.ts"),
    import("./plan-json.ts"),
    import("../command-line.ts"),
  ]);
  const isChange = made.changes.length > 0;
  const apply =
    out === undefined || !isChange
      ? ""
      : `\nSaved to ${out}: \`${commandLineFor(command)("policies apply --plan", out)}\``;
  print(command, planJson(made, desired.warnings), () => `${planText(made)}${apply}`);
  return isChange;
}
