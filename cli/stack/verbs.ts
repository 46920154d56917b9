import type { Command } from "commander";
import { addShow } from "./show.ts";

export function addStackVerbs(stack: Command): void {
  addShow(stack);
}
