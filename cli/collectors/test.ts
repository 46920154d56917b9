import type { Command } from "commander";
import { kindNamed } from "../../shared/collectors/kinds.ts";
import type { Outcome } from "../../shared/collectors/outcome.ts";
import { InvalidInput, NotFound } from "../../shared/errors.ts";
import { FAILED } from "../exit.ts";
import { print, printable } from "../output.ts";
import { type Stores, withStores } from "../stores.ts";

export function addTest(collectors: Command): void {
  collectors
    .command("test")
    .description("send a collector a test event from here, once, also if it is paused or not enabled")
    .argument("<name>")
    .addHelpText(
      "after",
      `
Exit codes: 0 it took the event, 1 it did not.

Example:
  flashpoint --local collectors test hook`,
    )
    .action(async (name: string, _options: object, command: Command) => {
      const outcome = await withStores(command, (stores) => testCollector(name, stores));
      print(command, { name, ...outcome }, () => printable(`${name}: ${outcomeText(outcome)}`));
      if (outcome.kind !== "delivered") process.exitCode = FAILED;
    });
}

async function testCollector(
  name: string,
  {
    collectorStore,
    resolveSecrets,
    egress,
    stack,
  }: Pick<Stores, "collectorStore" | "resolveSecrets" | "egress" | "stack">,
): Promise<Outcome> {
  const stored = await collectorStore.get(name);
  if (stored === undefined) throw new NotFound(`there is no collector named ${name}`);
  if (!stored.ok) throw new InvalidInput(`collector ${name}`, stored.faults);
  const collector = await resolveSecrets(stored.collector);
  return kindNamed(collector.kind).test(collector, { stack, egress });
}

function outcomeText(outcome: Outcome): string {
  switch (outcome.kind) {
    case "delivered": {
      const { remoteId, answer } = outcome;
      const id = remoteId === undefined ? "" : `, as ${remoteId}`;
      return `test event delivered${id}${answer === undefined || answer === "" ? "" : `; it answered: ${answer}`}`;
    }
    case "retry":
      return `test event not delivered, a real one would be tried again: ${outcome.reason}`;
    default:
      return `test event not delivered, nor would a real one be (${outcome.kind}): ${outcome.reason}`;
  }
}
