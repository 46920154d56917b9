import type { Command } from "commander";
import { addList } from "./list.ts";
import { addShow } from "./show.ts";
import { addWatch } from "./watch.ts";

export function addTaskVerbs(program: Command): void {
  const tasks = program.command("tasks").description("what agents reported, and where each delivery stands");
  for (const add of [addList, addShow, addWatch]) add(tasks);
}
