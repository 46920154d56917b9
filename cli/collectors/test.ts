import type { Command } from "commander";
import type { Pause } from "../../shared/collectors/collector-health.ts";
import type { Collector } from "../../shared/collectors/kinds.ts";
import type { Outcome } from "../../shared/collectors/outcome.ts";
import { BLOCKED } from "../../shared/egress/blocked-address.ts";
import { InvalidInput, NotFound, Unavailable } from "../../shared/errors.ts";
import { commandLineFor } from "../command-line.ts";
import { FAILED } from "../exit.ts";
import { print } from "../output.ts";
import { type Stores, withStores } from "../stores.ts";
import { printable } from "../terminal/printable.ts";
import { pauseText } from "./pause-text.ts";

export function addTest(collectors: Command): void {
  collectors
    .command("test")
    .description("send a collector a test event from here, once, also if it is paused or not enabled")
    .argument("<name>")
    .addHelpText(
      "after",
      `
Exit codes: 0 it took the event, 1 it did not.

Examples:
  flashpoint --local collectors test hook`,
    )
    .action(async (name: string, _options: object, command: Command) => {
      const { outcome, paused } = await withStores(command, (stores) => testCollector(name, stores));
      print(command, { name, ...outcome, paused: paused ?? null }, () =>
        [
          `${name}: ${outcomeText(outcome)}`,
          ...(paused === undefined ? [] : [`${name} ${pauseText(name, paused, commandLineFor(command))}`]),
        ]
          .map(printable)
          .join("\n"),
      );
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
): Promise<{ outcome: Outcome; paused: Pause | undefined }> {
  const stored = await collectorStore.get(name);
  if (stored === undefined) throw new NotFound(`there is no collector named ${name}`);
  if (!stored.ok) throw new InvalidInput(`collector ${name}`, stored.faults);
  const { paused } = stored.health;
  let collector: Collector;
  try {
    collector = await resolveSecrets(stored.collector);
  } catch (error) {
    if (error instanceof Unavailable) return { outcome: { kind: "retry", reason: error.message }, paused };
    throw error;
  }
  const { kindNamed } = await import("../../shared/collectors/kinds.ts");
  return { outcome: await kindNamed(collector.kind).test(collector, { stack, egress }), paused };
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
      // What is allowed is a setting of each process, and this one's may be another than the servers'.
      if (outcome.reason.startsWith(BLOCKED)) {
        return `test event not delivered from here: ${outcome.reason}, where the servers run; their setting decides`;
      }
      return `test event not delivered, nor would a real one be (${outcome.kind}): ${outcome.reason}`;
  }
}
