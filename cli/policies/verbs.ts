import type { Command } from "commander";
import { addDelete } from "./delete.ts";
import { addGet } from "./get.ts";
import { addList } from "./list.ts";
import { addSet } from "./set.ts";
import { addValidate } from "./validate.ts";

export function addPolicyVerbs(policies: Command): void {
  for (const add of [addSet, addGet, addList, addDelete, addValidate]) add(policies);
}
