import type { Command } from "commander";
import type { Applied } from "../../shared/policies/plan/apply-plan.ts";
import type { PolicyPlan } from "../../shared/policies/plan/policy-plan.ts";
import type { PolicyChanges } from "../../shared/services/policy-changes.ts";
import { commandLineFor } from "../command-line.ts";
import { FAILED } from "../exit.ts";
import { print } from "../output.ts";
import { isForPrograms } from "../output-format.ts";
import { type Stores, withStores } from "../stores.ts";
import { addYesOption, confirmed } from "../terminal/confirm.ts";
import { startProgress } from "../terminal/progress.ts";
import { untilStopped } from "../terminal/until-stopped.ts";
import { currentUser } from "./current-user.ts";
import type { Desired } from "./make-plan.ts";
import { showBeforeAsking } from "./show-before-asking.ts";

interface Options {
  file?: string[];
  plan?: string;
  prune?: boolean;
}

/** Either what is desired, or a plan that was saved. */
type Source = { desired: Desired; prune: boolean } | { saved: string; name: string };

export function addApply(policies: Command): void {
  addYesOption(
    policies
      .command("apply")
      .description("have the policies of files, or of a saved plan; shows the plan first, and asks on a terminal")
      .option("-f, --file <file...>", "policy files, and folders of them; - for standard input")
      .option("--prune", "delete the policies of services that are not in the files")
      .option("--plan <file>", "carry out this plan of policies plan --out, and nothing else"),
  )
    .addHelpText(
      "after",
      `
--prune takes the files for all there is: with a part of them, it deletes every service that this part does not have.

What somebody else changed after the plan is left as it is and named; the rest is written. It can be stopped at any time
and run again.

Examples:
  flashpoint --local policies apply -f policies/
  flashpoint --local policies apply -f policies/ --prune --yes
  flashpoint --local policies apply --plan today.plan`,
    )
    .action(async (options: Options, command: Command) => {
      const source = await sourceOf(options, command);
      await withStores(command, async ({ policyChanges }) => {
        const plan = await planOf(source, policyChanges());
        await apply(plan, policyChanges, command, { isSaved: "saved" in source });
      });
    });
}

async function sourceOf({ file, plan, prune = false }: Options, command: Command): Promise<Source> {
  if (plan !== undefined && (file !== undefined || prune)) {
    command.error("error: option '--plan <file>' cannot be used with option '-f, --file <file...>' or '--prune'");
  }
  if (plan !== undefined) {
    const { readPlanFile } = await import("./plan-file.ts");
    return { saved: await readPlanFile(plan), name: plan };
  }
  if (file === undefined) command.error("error: it takes -f PATH, or --plan FILE");
  const { readDesired } = await import("./make-plan.ts");
  return { desired: await readDesired(file, { prune }), prune };
}

async function planOf(source: Source, changes: PolicyChanges): Promise<PolicyPlan> {
  if ("desired" in source) {
    const { makePlan } = await import("./make-plan.ts");
    return makePlan(changes, source.desired, source);
  }
  const { readPlan } = await import("../../shared/policies/plan/saved-plan.ts");
  return readPlan(source.saved, source.name, await changes.table.identity());
}

async function apply(
  plan: PolicyPlan,
  policyChanges: Stores["policyChanges"],
  command: Command,
  { isSaved }: { isSaved: boolean },
): Promise<void> {
  const [{ planText }, { appliedJson, appliedLine, appliedText }] = await Promise.all([
    import("./plan-text.ts"),
    import("./apply-text.ts"),
  ]);
  const json = isForPrograms(command);
  const say = (text: string): void => void (json || print(command, null, () => text));
  const text = planText(plan, { isSaved });
  say(text);
  if (plan.changes.length > 0) showBeforeAsking(command, text);
  if (plan.changes.length > 0 && !(await confirmed(command, question(plan)))) {
    print(command, appliedJson(notBegun(plan), plan.unchanged), () => "Nothing was applied.");
    process.exitCode = FAILED;
    return;
  }
  const isWatched = process.stdout.isTTY;
  const onApplied = isWatched ? undefined : (applied: Applied) => say(appliedLine(applied));
  const all = plan.changes.length === 0 ? [] : await write(plan, policyChanges, { json, onApplied });
  if (json) print(command, appliedJson(all, plan.unchanged), () => "");
  else if (all.length > 0) say(`\n${appliedText(all, commandLineFor(command))}`);
  if (all.some(({ outcome }) => outcome !== "written" && outcome !== "already")) process.exitCode = FAILED;
}

async function write(
  { changes }: PolicyPlan,
  policyChanges: Stores["policyChanges"],
  { json, onApplied }: { json: boolean; onApplied?: ((applied: Applied) => void) | undefined },
): Promise<Applied[]> {
  const { applyChanges } = await import("../../shared/policies/plan/apply-plan.ts");
  const progress = json ? undefined : startProgress(process.stderr, "policies");
  try {
    return await untilStopped((signal) =>
      applyChanges(changes, {
        writer: policyChanges(signal).writer,
        updatedBy: currentUser(),
        signal,
        onApplied(applied, done) {
          if (applied.outcome === "written") onApplied?.(applied); // the others are named at the end
          progress?.show(done, changes.length);
        },
      }),
    );
  } finally {
    progress?.end();
  }
}

function question({ changes }: PolicyPlan): string {
  const deletes = changes.filter(({ action }) => action === "delete").length;
  const others = changes.length - deletes;
  if (deletes === 0) return `Apply ${others} ${changesText(others)}?`;
  const deleted = `DELETE ${deletes} ${deletes === 1 ? "policy" : "policies"}`;
  return others === 0 ? `${deleted}?` : `Apply ${others} ${changesText(others)} and ${deleted}?`;
}

function changesText(count: number): string {
  return count === 1 ? "change" : "changes";
}

function notBegun({ changes }: PolicyPlan): Applied[] {
  return changes.map((change) => ({ change, outcome: "not begun" }));
}
