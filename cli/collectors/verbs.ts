import type { Command } from "commander";
import { addDelete } from "./delete.ts";
import { addList } from "./list.ts";
import { addPause } from "./pause.ts";
import { addResume } from "./resume.ts";
import { addRotate } from "./rotate.ts";
import { addSet } from "./set.ts";
import { addTest } from "./test.ts";

export function addCollectorVerbs(program: Command): void {
  const collectors = program.command("collectors").description("who receives reported tasks and collected profiles");
  for (const add of [addSet, addRotate, addTest, addList, addPause, addResume, addDelete]) add(collectors);
}
