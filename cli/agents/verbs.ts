import type { Command } from "commander";
import { addList } from "./list.ts";
import { addShow } from "./show.ts";

export function addAgentVerbs(program: Command): void {
  const agents = program.command("agents").description("who watches which processes, and what is measured of them");
  for (const add of [addList, addShow]) add(agents);
}
