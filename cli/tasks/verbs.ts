import type { Command } from "commander";
import { addList } from "./list.ts";
import { addShow } from "./show.ts";
import { addWatch } from "./watch.ts";

export function addTaskVerbs(tasks: Command): void {
  for (const add of [addList, addShow, addWatch]) add(tasks);
}
