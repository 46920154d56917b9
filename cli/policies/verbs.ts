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

export function addPolicyVerbs(policies: Command): void {
  const asCode = [addValidate, addPlan, addApply, addExport, addSchema];
  const oneByOne = [addSet, addGet, addList, addDelete, addHistory, addRollback];
  for (const add of [...asCode, ...oneByOne]) add(policies);
}
