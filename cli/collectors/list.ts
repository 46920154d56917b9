import type { Command } from "commander";
import { maskSecret } from "../../shared/collectors/collector.ts";
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
        entry.ok
          ? { ...entry.collector, secret: maskSecret(entry.collector.secret) }
          : { name: entry.name, faults: entry.faults },
      );
      print(command, shown, () => {
        if (shown.length === 0) return "There are no collectors; `collectors set NAME --url URL` adds one.";
        const rows = shown.map((entry) =>
          "faults" in entry
            ? [entry.name, "INVALID", entry.faults.map(describeFault).join("; "), "", ""]
            : [entry.name, entry.kind, entry.url, entry.services.join(", "), entry.enabled ? "yes" : "no"],
        );
        return table(["NAME", "KIND", "URL", "SERVICES", "ENABLED"], rows);
      });
    });
}
