import type { Command } from "commander";
import { maskSecrets } from "../../shared/collectors/kinds.ts";
import { describeFault } from "../../shared/errors.ts";
import { print, table } from "../output.ts";
import { withStores } from "../stores.ts";

export function addList(collectors: Command): void {
  collectors
    .command("list")
    .description("list all collectors, secrets masked")
    .action(async (_options: object, command: Command) => {
      const stored = await withStores(command, ({ collectorStore }) => collectorStore.list());
      const shown = stored.map((entry) =>
        entry.ok ? maskSecrets(entry.collector) : { name: entry.name, faults: entry.faults },
      );
      print(command, shown, () => {
        if (shown.length === 0) return "There are no collectors; `collectors set NAME --url URL` adds one.";
        const rows = shown.map((entry) => {
          if ("faults" in entry) return [entry.name, "INVALID", entry.faults.map(describeFault).join("; "), "", "", ""];
          const { name, kind, url, events, services, enabled } = entry;
          return [name, kind, url, events.join(", "), services.join(", "), enabled ? "yes" : "no"];
        });
        return table(["NAME", "KIND", "URL", "EVENTS", "SERVICES", "ENABLED"], rows);
      });
    });
}
