import type { Command } from "commander";
import type { Stores } from "../stores.ts";
import type { Door, DoorAnswer } from "./door.ts";
import { askDoor, doorsOf } from "./doors-of.ts";

export interface AskedDoor {
  readonly door: Door;
  readonly answer: DoorAnswer;
}

/** Every door that is known, with what it answered; all are asked at once. */
export function askAllDoors(command: Command, stores: Pick<Stores, "config" | "deployed">): Promise<AskedDoor[]> {
  return Promise.all(doorsOf(command, stores).map(async (door) => ({ door, answer: await askDoor(door) })));
}
