import type { Command } from "commander";
import { addDelete } from "./delete.ts";
import { addGet } from "./get.ts";
import { addList } from "./list.ts";
import { addSchema } from "./schema.ts";
import { addSet } from "./set.ts";
import { addValidate } from "./validate.ts";

export function addPolicyVerbs(program: Command): void {
  const policies = program.command("policies").description("what makes an agent start profiling, by service");
  for (const add of [addSet, addGet, addList, addDelete, addValidate, addSchema]) add(policies);
}
