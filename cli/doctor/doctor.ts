import type { Command } from "commander";
import { commandLineFor } from "../command-line.ts";
import { askAllDoors } from "../door/ask-all.ts";
import { FAILED } from "../exit.ts";
import { addServerOption } from "../live-values.ts";
import { once } from "../once.ts";
import { print } from "../output.ts";
import { isForPrograms } from "../output-format.ts";
import { type Stores, withStores } from "../stores.ts";
import type { Context } from "./check.ts";
import type { Told } from "./run-checks.ts";

export function addDoctor(doctor: Command): void {
  addServerOption(doctor)
    .option("--token-file <file>", "a token to try, as agents would send it; - for standard input")
    .addHelpText(
      "after",
      `
It changes nothing, sends no event, and ends within 20 seconds.
Exit codes: 0 nothing failed, though there may be warnings; 1 something failed.

Examples:
  flashpoint --local doctor
  flashpoint --stack flashpoint doctor --token-file token
  flashpoint --stack flashpoint doctor --json`,
    )
    .action(async ({ tokenFile }: { tokenFile?: string }, command: Command) => {
      const token = tokenFile === undefined ? undefined : await (await import("./token-input.ts")).readToken(tokenFile);
      let isOpen = false;
      try {
        await withStores(command, (stores) => {
          isOpen = true;
          return examine(command, { stores, token });
        });
      } catch (failure) {
        if (isOpen) throw failure;
        await examine(command, { failure, token });
      }
    });
}

/** What there is to look at: what was opened, or why it could not be. */
type Opened = { stores: Stores; failure?: never } | { stores?: never; failure: unknown };

async function examine(command: Command, { token, ...opened }: Opened & { token: string | undefined }): Promise<void> {
  const [{ CHECKS }, { runChecks }, { masked, summaryOf, summaryText, toldText }] = await Promise.all([
    import("./checks.ts"),
    import("./run-checks.ts"),
    import("./told-text.ts"),
    // What loads late counts as time that a door takes to answer.
    import("../door/ask-grpc.ts"),
    import("../door/ask-http.ts"),
  ]);
  const isForPeople = !isForPrograms(command);
  const all: Told[] = [];
  for (const told of runChecks(CHECKS, contextOf(command, opened, token))) {
    const shown = masked(await told);
    all.push(...shown);
    if (isForPeople) print(command, undefined, () => toldText(shown));
  }
  const summary = summaryOf(all);
  print(command, { checks: all, summary }, () => `\n${summaryText(summary)}`);
  if (summary.failed > 0) process.exitCode = FAILED;
}

function contextOf(command: Command, opened: Opened, token: string | undefined): Context {
  const { local: isLocal = false } = command.optsWithGlobals<{ local?: boolean }>();
  const doors = once(async () => (opened.stores === undefined ? [] : askAllDoors(command, opened.stores)));
  const more = { command, commandLine: commandLineFor(command), isLocal, doors, token, now: Date.now() };
  return {
    ...more,
    failure: opened.failure,
    get stores() {
      if (opened.stores === undefined) throw opened.failure;
      return opened.stores;
    },
  };
}
