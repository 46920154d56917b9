import type { Command } from "commander";
import { addApply } from "./apply.ts";
import { addDelete } from "./delete.ts";
import { addExport } from "./export.ts";
import { addGet } from "./get.ts";
import { addHistory } from "./history.ts";
import { addList } from "./list.ts";
import { addPlan } from "./plan.ts";
import { addRollback } from "./rollback.ts";
import { addSchema } from "./schema.ts";
import { addSet } from "./set.ts";
import { addValidate } from "./validate.ts";

export function addPolicyVerbs(program: Command): void {
  const policies = program.command("policies").description("what makes an agent start profiling, by service");
  const verbs = [
    ...[addValidate, addPlan, addApply, addExport, addHistory, addRollback],
    ...[addSet, addGet, addList, addDelete, addSchema],
  ];
  for (const add of verbs) add(policies);
}
