import type { Command } from "commander";
import { askAllDoors } from "../door/ask-all.ts";
import { once } from "../once.ts";
import type { Stores } from "../stores.ts";
import { NEWEST_TASKS, type Sources } from "./line.ts";

/** What the lines of one screen share. */
export function sourcesOf(command: Command, stores: Stores, now: number): Sources {
  const doors = once(() => askAllDoors(command, stores));
  const newestTasks = once(() => stores.taskStore.list({ limit: NEWEST_TASKS }));
  return { ...stores, now, doors, newestTasks };
}
