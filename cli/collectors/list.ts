import type { Command } from "commander";
import type { StoredCollector } from "../../shared/collectors/collector-store.ts";
import type { Collector } from "../../shared/collectors/kinds.ts";
import { shortText } from "../../shared/diagnosis/short-text.ts";
import { describeFault } from "../../shared/errors.ts";
import { TARGETS } from "../../shared/policies/policy.ts";
import { commandLineFor } from "../command-line.ts";
import { print } from "../output.ts";
import { withStores } from "../stores.ts";
import { table } from "../terminal/table.ts";

const HEADINGS = ["NAME", "KIND", "URL", "EVENTS", "SERVICES", "TARGETS", "STATE"];

export function addList(collectors: Command): void {
  collectors
    .command("list")
    .description("list all collectors and how they do, secrets masked")
    .addHelpText(
      "after",
      `
Examples:
  flashpoint --local collectors list
  flashpoint --stack flashpoint collectors list -o yaml`,
    )
    .action(async (_options: object, command: Command) => {
      const stored = await withStores(command, ({ collectorStore }) => collectorStore.list());
      const { maskSecrets } = await import("../../shared/collectors/kinds.ts");
      const json = stored.map((each) => shownAsJson(each, maskSecrets));
      print(command, json, () => {
        if (stored.length === 0)
          return `There are no collectors; \`${commandLineFor(command)("collectors set NAME --url URL")}\` adds one.`;
        return table(HEADINGS, stored.map(row));
      });
    });
}

function shownAsJson(stored: StoredCollector, maskSecrets: (collector: Collector) => Collector): object {
  const { name, health } = stored;
  return stored.ok ? { ...maskSecrets(stored.collector), health } : { name, faults: stored.faults, health };
}

function row(stored: StoredCollector): string[] {
  if (!stored.ok) {
    const faults = shortText(stored.faults.map(describeFault).join("; "));
    return [stored.name, "INVALID", faults, "", "", "", stateText(stored)];
  }
  const { name, kind, url, events, services, targets } = stored.collector;
  const shownTargets = targets.length === TARGETS.length ? "all" : targets.join(", ");
  return [name, kind, url, events.join(", "), services.join(", "), shownTargets, stateText(stored)];
}

/** For instance `failing since 2026-02-03T04:05:06.789Z`. */
function stateText({ item, health: { paused, failingSince } }: StoredCollector): string {
  if (item.enabled === false) return "off";
  if (paused !== undefined) return `paused: ${shortText(paused.reason)}`;
  return failingSince === undefined ? "ok" : `failing since ${failingSince}`;
}
