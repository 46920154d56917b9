import type { Command } from "commander";
import { askDoor, doorsOf } from "../door/doors-of.ts";
import type { Stores } from "../stores.ts";
import { type AskedDoor, NEWEST_TASKS, type Sources } from "./line.ts";

/** What the lines of one screen share. */
export function sourcesOf(command: Command, stores: Stores, now: number): Sources {
  const doors = once(() =>
    Promise.all(
      doorsOf(command, stores).map(async (door): Promise<AskedDoor> => ({ door, answer: await askDoor(door) })),
    ),
  );
  const newestTasks = once(() => stores.taskStore.list({ limit: NEWEST_TASKS }));
  return { ...stores, now, doors, newestTasks };
}

function once<T>(ask: () => Promise<T>): () => Promise<T> {
  let asked: Promise<T> | undefined;
  return () => {
    asked ??= ask();
    return asked;
  };
}
