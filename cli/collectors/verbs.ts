import type { Command } from "commander";
import { addDelete } from "./delete.ts";
import { addList } from "./list.ts";
import { addSet } from "./set.ts";

export function addCollectorVerbs(program: Command): void {
  const collectors = program.command("collectors").description("who receives reported tasks and collected profiles");
  for (const add of [addSet, addList, addDelete]) add(collectors);
}
