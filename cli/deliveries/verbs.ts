import type { Command } from "commander";
import { addList } from "./list.ts";
import { addRedrive } from "./redrive.ts";
import { addRetry } from "./retry.ts";

export function addDeliveryVerbs(program: Command): void {
  const deliveries = program
    .command("deliveries")
    .description("where each delivery stands, and how to send those again that failed");
  for (const add of [addList, addRetry, addRedrive]) add(deliveries);
}
