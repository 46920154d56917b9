import type { Command } from "commander";
import { addDelete } from "./delete.ts";
import { addList } from "./list.ts";
import { addPause } from "./pause.ts";
import { addResume } from "./resume.ts";
import { addRotate } from "./rotate.ts";
import { addSet } from "./set.ts";
import { addTest } from "./test.ts";

export function addCollectorVerbs(collectors: Command): void {
  for (const add of [addSet, addRotate, addTest, addList, addPause, addResume, addDelete]) add(collectors);
}
