import type { Command } from "commander";
import { addCreate } from "./create.ts";
import { addList } from "./list.ts";
import { addRevoke } from "./revoke.ts";

export function addTokenVerbs(program: Command): void {
  const tokens = program.command("tokens").description("who may call, where tokens are required");
  for (const add of [addCreate, addList, addRevoke]) add(tokens);
}
