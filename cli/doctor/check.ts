import type { Command } from "commander";
import type { CommandLine } from "../../shared/diagnosis/command-line.ts";
import type { AskedDoor } from "../door/ask-all.ts";
import type { Stores } from "../stores.ts";

/** What a check has come to. */
export interface Finding {
  /** `skipped`: there was nothing to look at. */
  readonly status: "ok" | "warning" | "failed" | "skipped";
  /** What is the case, in a line. */
  readonly detail: string;
  /** What to do: a command in backquotes, or a few words. */
  readonly advice?: string | undefined;
  /** What other checks cannot do without, as they name it in `needs`; without, the whole check if it failed. */
  readonly breaks?: readonly string[];
}

/** Everything that a check looks at. */
export interface Context {
  readonly command: Command;
  readonly commandLine: CommandLine;
  readonly isLocal: boolean;
  /** What could not be opened, if nothing else can be looked at. */
  readonly failure: unknown;
  /** @throws if there is a failure: checks that use them need `configuration`. */
  readonly stores: Stores;
  /** The ways in for agents, asked once. */
  doors(): Promise<readonly AskedDoor[]>;
  /** A token to try, from --token-file. */
  readonly token: string | undefined;
  readonly now: number;
}

/** One thing that is looked at. */
export interface Check {
  /** In front of its lines. */
  readonly name: string;
  /** Names of checks before it, or parts of them (`tables/collectors`), without which it cannot be made. */
  readonly needs?: readonly string[];
  /** @throws whatever happens: it is told as failed. Bounded in time by whoever runs it. */
  run(context: Context): Promise<readonly Finding[]>;
}

export function ok(detail: string): Finding[] {
  return [{ status: "ok", detail }];
}
