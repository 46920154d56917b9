import type { Command } from "commander";
import { addList } from "./list.ts";
import { addRedrive } from "./redrive.ts";
import { addRetry } from "./retry.ts";

export function addDeliveryVerbs(deliveries: Command): void {
  for (const add of [addList, addRetry, addRedrive]) add(deliveries);
}
