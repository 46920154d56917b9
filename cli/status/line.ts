import type { CommandLine } from "../../shared/diagnosis/command-line.ts";
import type { TaskRecord } from "../../shared/tasks/task-item.ts";
import type { AskedDoor } from "../door/ask-all.ts";
import type { Stores } from "../stores.ts";

/** What lines are made from; what several lines need is asked for once. */
export interface Sources extends Stores {
  readonly now: number;
  doors(): Promise<readonly AskedDoor[]>;
  /** The newest tasks, NEWEST_TASKS at most. */
  newestTasks(): Promise<readonly TaskRecord[]>;
}

/** How many tasks are looked at for what was reported last and what is still to be delivered. */
export const NEWEST_TASKS = 500;

/** A line of the screen: what is the case, and what to do if that is not well. */
export interface Shown {
  /** `bad`: something does not answer, and `status` ends with 1. */
  readonly state: "good" | "warning" | "bad";
  /** A line; two or three at most, if something does not answer. May have names in it as they are. */
  readonly text: string | readonly string[];
  /** A command, or a few words. */
  readonly advice?: string | undefined;
}

/** One line of `status`: a subject, how it is found out and how it is told. */
export interface Line<Facts> {
  /** In front of the line, and the key in JSON. */
  readonly name: string;
  /** What --json prints. @throws if it cannot be found out; then the line says so. */
  gather(sources: Sources): Promise<Facts>;
  show(facts: Facts, context: { now: number; commandLine: CommandLine }): Shown;
}
