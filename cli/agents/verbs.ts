import type { Command } from "commander";
import { addList } from "./list.ts";
import { addShow } from "./show.ts";

export function addAgentVerbs(agents: Command): void {
  for (const add of [addList, addShow]) add(agents);
}
