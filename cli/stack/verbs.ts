import type { Command } from "commander";
import { addShow } from "./show.ts";

export function addStackVerbs(program: Command): void {
  const stack = program.command("stack").description("what a deployed stack says of itself");
  addShow(stack);
}
